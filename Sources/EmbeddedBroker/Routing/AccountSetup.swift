/// Makes a router's accounts what a configuration says.
struct AccountSetup {
    private let accounts: [BrokerAccount]
    private let router: Router

    /// - Parameter accounts: all accounts but the global one, whose imports and exports suit each other.
    init(_ accounts: [BrokerAccount], router: Router) {
        self.accounts = accounts
        self.router = router
    }

    /// Sets limits, mappings, imports and exports. Accounts that are there keep their subscriptions, which get what
    /// they now are entitled to.
    func apply(globalMappings: [BrokerMapping]) {
        var subscriptions: [Subscription] = []
        for account in router.accounts.values { account.sublist.forEach { subscriptions.append($0) } }
        for subscription in subscriptions { router.removeShadows(of: subscription) }
        router.globalAccount.mappings = try? SubjectMappings(globalMappings)
        let configured = Set(accounts.map(\.name))
        for account in router.accounts.values where !configured.contains(account.name) {
            account.replaceImports(streams: [], services: [], in: router)
        }
        for configuration in accounts {
            let account = router.account(named: configuration.name)
            account.displayName = configuration.displayName ?? configuration.name
            account.limits = configuration.limits
            account.mappings = try? SubjectMappings(configuration.mappings)
        }
        for configuration in accounts { setImports(of: configuration) }
        for subscription in subscriptions where subscription.isActive && subscription.shadows.isEmpty {
            router.insertShadows(of: subscription)
        }
    }

    private func setImports(of configuration: BrokerAccount) {
        var streams: [StreamImport] = []
        var services: [ServiceImport] = []
        for imported in configuration.imports {
            guard let other = accounts.first(where: { $0.name == imported.account }),
                let export = other.export(for: imported, by: configuration.name)
            else { continue }
            let exporter = router.account(named: imported.account)
            let local = imported.localSubject ?? imported.subject
            if imported.isService {
                let service = try? ServiceImport(
                    from: exporter,
                    subject: imported.subject,
                    localSubject: local,
                    export: export,
                    shares: imported.shares,
                    router: router
                )
                if let service { services.append(service) }
            } else if let stream = try? StreamImport(
                from: exporter,
                subject: imported.subject,
                localSubject: local
            ) {
                streams.append(stream)
            }
        }
        router.account(named: configuration.name).replaceImports(
            streams: streams,
            services: services,
            in: router
        )
    }
}
