/// What the monitoring gathers from the accounts, their clients and subscriptions.
extension BrokerCore {
    /// Messages of all clients, those that are gone among them.
    var traffic: TrafficStatistics {
        sessions.reduce(into: environment.router.statistics) { $0.add($1.statistics) }
    }

    /// How many subscriptions there are.
    var subscriptionCount: Int { environment.router.subscriptionCount }

    /// Calls for every subscription with the name of its account.
    func forEachSubscription(_ body: (Subscription, _ account: String) -> Void) {
        for account in environment.router.accounts.values {
            account.sublist.forEach { body($0, account.name) }
        }
    }

    /// How large the set of an account's subscriptions is, or that of all together.
    ///
    /// - Parameter account: the account's name; empty for all.
    func sublistStatistics(of account: String) -> SublistStatistics {
        var sum = SublistStatistics()
        for other in environment.router.accounts.values where account.isEmpty || other.name == account {
            sum.add(other.sublist.statistics)
        }
        for session in sessions where account.isEmpty || session.accountName == account {
            sum.matched += session.statistics.messagesIn
        }
        return sum
    }

    /// All accounts, by name.
    func accountRecords() -> [AccountRecord] {
        let described =
            configuration.access.accounts
            + (configuration.access.trust?.describedAccounts(at: environment.wallTime().seconds) ?? [])
        let configured = Dictionary(described.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var traffic: [String: TrafficStatistics] = [:]
        for session in sessions { traffic[session.accountName, default: .init()].add(session.statistics) }
        return environment.router.accounts.values.sorted { $0.name < $1.name }.map { account in
            var sum = account.statistics
            sum.add(traffic[account.name] ?? .init())
            return record(of: account, as: configured[account.name], sum)
        }
    }

    private func record(
        of account: Account,
        as configured: BrokerAccount?,
        _ traffic: TrafficStatistics
    ) -> AccountRecord {
        var record = AccountRecord()
        record.name = account.name
        record.isSystem = account === environment.systemAccount
        record.connections = account.clientCount
        record.sent = .init(messages: traffic.messagesOut, bytes: traffic.bytesOut)
        record.received = .init(messages: traffic.messagesIn, bytes: traffic.bytesIn)
        record.slowConsumers = traffic.slowConsumers
        record.sublist = account.sublist.statistics
        record.sublist.matched = traffic.messagesIn
        record.exports = configured?.exports.map { AccountRecord.Export($0) } ?? []
        record.imports = configured?.imports.map { AccountRecord.Import($0) } ?? []
        return record
    }
}

extension AccountRecord.Export {
    fileprivate init(_ export: BrokerExport) {
        self.init(subject: export.subject, isService: false)
        approvedAccounts = export.accounts
        guard case .service(let answers) = export.kind else { return }
        isService = true
        self.answers =
            switch answers {
            case .singleton: "Singleton"
            case .stream: "Stream"
            case .chunked: "Chunked"
            }
    }
}

extension AccountRecord.Import {
    fileprivate init(_ imported: BrokerImport) {
        self.init(
            subject: imported.subject,
            account: imported.account,
            localSubject: imported.localSubject ?? imported.subject,
            isService: imported.isService,
            shares: imported.shares
        )
    }
}
