/// What the monitoring gathers from the clients and their subscriptions.
extension BrokerCore {
    /// Messages of all clients, those that are gone among them.
    var traffic: TrafficStatistics {
        sessions.reduce(into: environment.router.statistics) { $0.add($1.statistics) }
    }

    /// How many subscriptions there are.
    var subscriptionCount: Int { environment.router.subscriptionCount }

    /// Calls for every subscription with the name of its account.
    func forEachSubscription(_ body: (Subscription, _ account: String) -> Void) {
        environment.router.forEachSubscription { body($0, BrokerAccess.globalAccount) }
    }

    /// How large the set of an account's subscriptions is, or that of all together.
    ///
    /// - Parameter account: the account's name; empty for all.
    func sublistStatistics(of account: String) -> SublistStatistics {
        var statistics = environment.router.sublistStatistics
        statistics.matched = traffic.messagesIn
        return statistics
    }

    /// All accounts.
    func accountRecords() -> [AccountRecord] {
        var global = AccountRecord()
        global.name = BrokerAccess.globalAccount
        global.connections = connectionCount
        let traffic = traffic
        global.sent = .init(messages: traffic.messagesOut, bytes: traffic.bytesOut)
        global.received = .init(messages: traffic.messagesIn, bytes: traffic.bytesIn)
        global.slowConsumers = traffic.slowConsumers
        global.sublist = sublistStatistics(of: global.name)
        var system = AccountRecord()
        system.name = configuration.access.systemAccount ?? ""
        system.isSystem = true
        return system.name.isEmpty ? [global] : [global, system]
    }
}
