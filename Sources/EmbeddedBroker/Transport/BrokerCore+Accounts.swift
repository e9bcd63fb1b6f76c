import Glibc
import NIOCore
import RESProtocol

extension BrokerCore {
    /// Makes the accounts what a configuration says, and has each answer what every account may ask.
    func setUpAccounts(as access: BrokerAccess) {
        let router = environment.router
        var accounts = access.accounts
        if let trust = access.trust {
            accounts += trust.describedAccounts(at: environment.wallTime().seconds)
        }
        environment.systemAccount = systemAccountName(access).map { router.account(named: $0) }
        AccountSetup(accounts, router: router).apply(globalMappings: access.mappings)
        for account in router.accounts.values where !account.answersUserInfo {
            account.answersUserInfo = true
            let receiver = UserInfo(in: account, environment: environment)
            router.insert(receiver.makeSubscription())
            answerQuestions(in: account)
        }
    }

    /// Has the clients of an account get answers under `$SYS.REQ`, and those of the system account hear of events.
    private func answerQuestions(in account: Account) {
        guard let monitor else { return }
        let services = SystemServices(in: account, core: self, monitor: monitor)
        guard account === environment.systemAccount else { return services.answerAboutItself() }
        services.answerEverything()
        let events = SystemEvents(in: account, core: self, monitor: monitor)
        environment.events = events
    }

    /// Tells the system account from time to time how the server is doing. On the loop.
    func tellStatistics() {
        guard environment.events != nil else { return }
        eventLoop.assumeIsolated().scheduleTask(in: BrokerCore.statisticsInterval) { [weak self] in
            guard let self, !self.isStopped else { return }
            self.environment.events?.tellStatistics()
            self.tellStatistics()
        }
    }

    /// Takes another configuration: who no longer may be here goes, and who may do less does less.
    func apply(_ configuration: BrokerConfiguration) {
        self.configuration = configuration
        environment.limits = SessionLimits(configuration.limits)
        environment.allowsHeaders = configuration.allowsHeaders
        environment.info.allowsHeaders = configuration.allowsHeaders
        environment.info.maximumPayload = configuration.limits.maximumPayload
        environment.authentication = Authentication(configuration)
        environment.info.requiresAuthentication = environment.authentication.isRequired()
        environment.trace = ProtocolTrace(configuration.log)
        setUpAccounts(as: configuration.access)
        change(configuration.limits, accessTimeout: configuration.access.timeout)
        environment.router.isInTurn = true
        for session in sessions {
            session.configurationChanged()
            session.setTracing()
        }
        environment.router.isInTurn = false
        environment.router.flush()
    }

    private func systemAccountName(_ access: BrokerAccess) -> String? {
        if let key = access.trust?.operators.lazy.compactMap(\.systemAccount).first { return key.text }
        return access.systemAccount
    }
}

extension WallTime {
    /// The current time.
    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
