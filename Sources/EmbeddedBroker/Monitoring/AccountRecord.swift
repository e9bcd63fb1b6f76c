/// What is known of one account (`accountz`, `accstatz`).
struct AccountRecord: Equatable {
    var name = ""
    var isSystem = false
    /// Whether its time is over.
    var isExpired = false
    var connections = 0
    /// Messages to its clients.
    var sent = Traffic()
    /// Messages from its clients.
    var received = Traffic()
    var slowConsumers: UInt64 = 0
    var sublist = SublistStatistics()
    var exports: [Export] = []
    var imports: [Import] = []
    /// The account's JWT; nil for one of a configuration file.
    var jwt: String?
    /// Who signed it.
    var issuerKey: String?
    var tags: [String] = []

    /// Messages, and the bytes in them.
    struct Traffic: Equatable {
        var messages: UInt64 = 0
        var bytes: UInt64 = 0

        func write(into text: inout JSONText) {
            text.member("msgs", messages)
            text.member("bytes", bytes)
        }
    }

    /// Subjects that others may use.
    struct Export: Equatable {
        var subject: String
        var isService: Bool
        /// How many answers a request has; nil for one.
        var answers: String?
        /// Who may use them; nil for all.
        var approvedAccounts: [String]?
    }

    /// Subjects of another account.
    struct Import: Equatable {
        var subject: String
        var account: String
        var localSubject: String
        var isService: Bool
        var shares: Bool
        var isInvalid = false
    }

    /// Writes all of it.
    func writeDetail(clock: WallClock, updated: Moment, into text: inout JSONText) {
        text.member("account_name", name)
        text.member("update_time", clock.timestamp(updated))
        text.member("is_system", ifTrue: isSystem)
        text.member("expired", isExpired)
        text.member("complete", true)
        text.member("jetstream_enabled", false)
        text.member("leafnode_connections", 0)
        text.member("client_connections", connections)
        text.member("subscriptions", sublist.subscriptions)
        if !exports.isEmpty { text.member("exports", objects: exports) { Self.write($1, into: &$0) } }
        if !imports.isEmpty { text.member("imports", objects: imports) { Self.write($1, into: &$0) } }
        text.member("jwt", unlessEmpty: jwt)
        text.member("issuer_key", unlessEmpty: issuerKey)
        text.member("name_tag", name)
        if !tags.isEmpty { text.member("tags", strings: tags) }
        text.member("sublist_stats") { sublist.write(into: &$0) }
    }

    /// Writes its numbers.
    func writeStatistics(into text: inout JSONText) {
        text.member("acc", name)
        text.member("name", name)
        text.member("conns", connections)
        text.member("leafnodes", 0)
        text.member("total_conns", connections)
        text.member("num_subscriptions", sublist.subscriptions)
        write("sent", sent, into: &text)
        write("received", received, into: &text)
        text.member("slow_consumers", slowConsumers)
    }

    private func write(_ name: String, _ traffic: Traffic, into text: inout JSONText) {
        text.member(name) { text in
            traffic.write(into: &text)
            for name in ["gateways", "routes", "leafs"] { text.member(name) { Traffic().write(into: &$0) } }
        }
    }

    private static func write(_ export: Export, into text: inout JSONText) {
        text.member("subject", export.subject)
        text.member("type", export.isService ? "service" : "stream")
        if export.isService { text.member("response_type", export.answers ?? "Singleton") }
        if let accounts = export.approvedAccounts { text.member("approved_accounts", strings: accounts) }
    }

    private static func write(_ imported: Import, into text: inout JSONText) {
        text.member("subject", imported.subject)
        text.member("account", imported.account)
        if imported.localSubject != imported.subject { text.member("to", imported.localSubject) }
        text.member("local_subject", imported.localSubject)
        text.member("type", imported.isService ? "service" : "stream")
        text.member("invalid", imported.isInvalid)
        text.member("share", imported.shares)
        text.member("tracking", false)
    }
}
