import struct NIOCore.ByteBuffer

/// The connections that were asked for, in their order, page by page (`connz`).
struct ConnectionsReport {
    let serverID: String
    let clock: WallClock
    let now: Moment
    let query: ConnectionsQuery
    /// How many there are that the query means, on all pages.
    let total: Int
    private let records: [ConnectionRecord]

    /// - Parameter records: all that the query means.
    init(
        _ records: [ConnectionRecord],
        total: Int,
        query: ConnectionsQuery,
        serverID: String,
        clock: WallClock,
        now: Moment
    ) {
        self.serverID = serverID
        self.clock = clock
        self.now = now
        self.query = query
        self.total = total
        let ordered = records.sorted { ConnectionsReport.precedes($0, $1, by: query.order, at: now) }
        self.records = Array(ordered.dropFirst(query.offset).prefix(query.limit))
    }

    func write(into text: inout JSONText) {
        text.member("server_id", serverID)
        text.member("now", clock.timestamp(now))
        text.member("num_connections", records.count)
        text.member("total", total)
        text.member("offset", query.offset)
        text.member("limit", query.limit)
        text.member("connections", objects: records) { text, record in write(record, into: &text) }
    }

    private func write(_ record: ConnectionRecord, into text: inout JSONText) {
        text.member("cid", record.id)
        text.member("kind", "Client")
        text.member("type", record.type)
        text.member("ip", record.address)
        text.member("port", record.port)
        text.member("start", clock.timestamp(record.start))
        text.member("last_activity", clock.timestamp(record.lastActivity))
        if let stop = record.stop {
            text.member("stop", clock.timestamp(stop))
            text.member("reason", record.reason)
        }
        text.member("rtt", DurationText.exact(record.roundTrip))
        text.member("uptime", DurationText.uptime(record.uptime(at: now)))
        text.member("idle", DurationText.uptime(record.idle(at: now)))
        text.member("pending_bytes", record.pendingBytes)
        text.member("in_msgs", record.traffic.messagesIn)
        text.member("out_msgs", record.traffic.messagesOut)
        text.member("in_bytes", record.traffic.bytesIn)
        text.member("out_bytes", record.traffic.bytesOut)
        text.member("subscriptions", record.subscriptionCount)
        text.member("name", unlessEmpty: record.name)
        text.member("lang", unlessEmpty: record.language)
        text.member("version", unlessEmpty: record.version)
        text.member("tls_version", unlessEmpty: record.tlsVersion)
        text.member("tls_cipher_suite", unlessEmpty: record.tlsCipherSuite)
        if query.tellsUsers {
            text.member("authorized_user", unlessEmpty: record.user)
            if record.account != BrokerAccess.globalAccount {
                text.member("account", unlessEmpty: record.account)
            }
        }
        writeSubscriptions(of: record, into: &text)
        if query.tellsUsers {
            text.member("jwt", unlessEmpty: record.jwt)
            text.member("issuer_key", unlessEmpty: record.issuerKey)
            text.member("name_tag", unlessEmpty: record.account)
            if !record.tags.isEmpty { text.member("tags", strings: record.tags) }
        }
    }

    private func writeSubscriptions(of record: ConnectionRecord, into text: inout JSONText) {
        guard !record.subscriptions.isEmpty else { return }
        switch query.subscriptions {
        case .none: break
        case .subjects: text.member("subscriptions_list", strings: record.subscriptions.map(\.subject))
        case .details:
            text.member("subscriptions_list_detail", objects: record.subscriptions) { text, subscription in
                subscription.write(into: &text, namesAccount: false)
            }
        }
    }

    /// All orders but those by id, start and reason put the largest first; equals follow their ids.
    private static func precedes(
        _ left: ConnectionRecord,
        _ right: ConnectionRecord,
        by order: ConnectionsQuery.Order,
        at now: Moment
    ) -> Bool {
        func larger<Value: Comparable>(_ value: (ConnectionRecord) -> Value) -> Bool {
            let (first, second) = (value(left), value(right))
            return first == second ? left.id < right.id : first > second
        }
        return switch order {
        case .id, .start: left.id < right.id
        case .subs: larger(\.subscriptionCount)
        case .pending: larger(\.pendingBytes)
        case .messagesTo: larger(\.traffic.messagesOut)
        case .messagesFrom: larger(\.traffic.messagesIn)
        case .bytesTo: larger(\.traffic.bytesOut)
        case .bytesFrom: larger(\.traffic.bytesIn)
        case .last: larger(\.lastActivity)
        case .idle: larger { $0.idle(at: now) }
        case .uptime: larger { $0.uptime(at: now) }
        case .stop: larger { $0.stop ?? now }
        case .reason: left.reason == right.reason ? left.id < right.id : left.reason < right.reason
        case .rtt: larger(\.roundTrip)
        }
    }
}

extension ConnectionRecord {
    /// How long it has been open, or was.
    fileprivate func uptime(at now: Moment) -> Duration { (stop ?? now) - start }

    /// How long nothing has happened on it, or had not when it was closed.
    fileprivate func idle(at now: Moment) -> Duration { (stop ?? now) - lastActivity }
}
