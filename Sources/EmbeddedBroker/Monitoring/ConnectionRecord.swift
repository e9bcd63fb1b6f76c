/// What is known of one connection, open or gone, as the monitoring tells it (`connz`).
struct ConnectionRecord: Equatable {
    /// The longest text of a client's that is kept of a connection that is gone, in characters.
    static let keptTextLength = 256
    /// How many subscriptions are kept of a connection that is gone.
    static let keptSubscriptions = 1_024

    var id: UInt64 = 0
    /// `nats`, or `websocket`.
    var type = "nats"
    var address = ""
    var port = 0
    var start = Moment(nanoseconds: 0)
    var lastActivity = Moment(nanoseconds: 0)
    /// When it was closed, if it was.
    var stop: Moment?
    /// Why it was closed.
    var reason = ""
    /// Zero until a PING was answered.
    var roundTrip: Duration = .zero
    var pendingBytes = 0
    var traffic = TrafficStatistics()
    var subscriptionCount = 0
    var name = ""
    var language = ""
    var version = ""
    var tlsVersion: String?
    var tlsCipherSuite: String?
    /// Whom the client came in as.
    var user = ""
    var account = ""
    var jwt = ""
    var issuerKey = ""
    var tags: [String] = []
    /// In detail; filled only where they were asked for, or for a connection that is gone.
    var subscriptions: [SubscriptionRecord] = []

    /// The record as it is kept when the connection is gone, so that no client decides how much memory it takes.
    func closed(at stop: Moment, reason: String) -> ConnectionRecord {
        var record = self
        record.stop = stop
        record.reason = reason
        record.pendingBytes = 0
        record.name = String(name.prefix(Self.keptTextLength))
        record.language = String(language.prefix(Self.keptTextLength))
        record.version = String(version.prefix(Self.keptTextLength))
        record.user = String(user.prefix(Self.keptTextLength))
        record.jwt = ""
        return record
    }
}

/// What is known of one subscription.
struct SubscriptionRecord: Equatable {
    var account = ""
    var subject = ""
    var queue = ""
    var sid = ""
    /// Messages delivered.
    var messages = 0
    /// After how many messages it ends; zero for never.
    var maximum = 0
    var client: UInt64 = 0

    /// - Parameter namesAccount: whether the account is told, as it is where subscriptions of several stand together.
    func write(into text: inout JSONText, namesAccount: Bool) {
        if namesAccount {
            text.member("account", unlessEmpty: account)
            text.member("account_tag", unlessEmpty: account)
        }
        text.member("subject", subject)
        text.member("qgroup", unlessEmpty: queue)
        text.member("sid", sid)
        text.member("msgs", messages)
        if maximum > 0 { text.member("max", maximum) }
        text.member("cid", client)
    }
}
