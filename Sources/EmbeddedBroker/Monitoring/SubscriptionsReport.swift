import RESProtocol

import struct NIOCore.ByteBuffer

/// How many subscriptions there are and, where they are asked for, which (`subsz`).
struct SubscriptionsReport {
    let serverID: String
    let timestamp: String
    let statistics: SublistStatistics
    let query: SubscriptionsQuery
    /// All that the query means; empty where only the statistics are asked for.
    let records: [SubscriptionRecord]

    func write(into text: inout JSONText) {
        text.member("server_id", serverID)
        text.member("now", timestamp)
        statistics.write(into: &text)
        text.member("total", records.count)
        text.member("offset", query.offset)
        text.member("limit", query.limit)
        let page = records.dropFirst(query.offset).prefix(query.limit)
        guard !page.isEmpty else { return }
        text.member("subscriptions_list", objects: page) { text, record in
            record.write(into: &text, namesAccount: true)
        }
    }
}

/// Which subscriptions are asked for.
struct SubscriptionsQuery: Equatable {
    /// Whether they are told at all, or only counted.
    var lists = false
    var offset = 0
    var limit = ConnectionsQuery.defaultLimit
    /// Only those of an account; empty for all.
    var account = ""
    /// Only those that get a message on this subject; empty for all.
    var test = ""

    init() {}

    /// Reads the body of a request; an empty one asks for the defaults.
    init(json body: ByteBuffer) throws(MonitoringError) {
        guard body.readableBytes > 0 else { return }
        guard let json = try? JSONSlice(parsing: body), json.kind == .object else {
            throw .badRequest("the request's body is no JSON object")
        }
        lists = json["subscriptions"]?.bool ?? false
        offset = Int(clamping: max(0, json["offset"]?.integer ?? 0))
        if let limit = json["limit"]?.integer, limit > 0 { self.limit = Int(clamping: limit) }
        account = json["account"]?.string ?? ""
        test = json["test"]?.string ?? ""
    }

    /// Reads what stands behind the `?`.
    init(_ parameters: QueryParameters) throws(MonitoringError) {
        lists = try parameters.flag("subs")
        offset = max(0, try parameters.integer("offset"))
        let limit = try parameters.integer("limit")
        if limit > 0 { self.limit = limit }
        account = parameters["acc"]
        test = parameters["test"]
        guard test.isEmpty || SubjectRules.isValidLiteral(test.utf8Span.span) else {
            throw .badRequest("invalid test subject, must be literal: \(test)")
        }
    }

    /// Whether a subscription is meant.
    func includes(_ record: SubscriptionRecord) -> Bool {
        (account.isEmpty || record.account == account)
            && (test.isEmpty || SubjectOverlap.collide(record.subject, test))
    }
}

/// How large a set of subscriptions is, and what its lookups find.
struct SublistStatistics: Equatable {
    var subscriptions = 0
    /// Subjects whose receivers are remembered.
    var remembered = 0
    var inserted: UInt64 = 0
    var removed: UInt64 = 0
    /// Messages that were looked up.
    var matched: UInt64 = 0
    /// The most receivers of one remembered subject.
    var maximumFanout = 0
    /// Receivers of all remembered subjects together.
    var totalFanout = 0

    /// Adds those of another set.
    mutating func add(_ other: SublistStatistics) {
        subscriptions += other.subscriptions
        remembered += other.remembered
        inserted += other.inserted
        removed += other.removed
        matched += other.matched
        maximumFanout = max(maximumFanout, other.maximumFanout)
        totalFanout += other.totalFanout
    }

    func write(into text: inout JSONText) {
        text.member("num_subscriptions", subscriptions)
        text.member("num_cache", remembered)
        text.member("num_inserts", inserted)
        text.member("num_removes", removed)
        text.member("num_matches", matched)
        text.member("cache_hit_rate", 0.0)
        text.member("max_fanout", maximumFanout)
        text.member("avg_fanout", remembered == 0 ? 0 : Double(totalFanout) / Double(remembered))
    }
}
