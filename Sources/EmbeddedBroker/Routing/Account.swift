/// A subject space: who subscribes in it, and what it has of others.
///
/// Messages go from one account to another only by the imports of the one and the exports of the other.
final class Account {
    /// Unique within the broker: a name, or a public key.
    let name: String
    /// What people call it.
    var displayName: String
    /// Who subscribes.
    var sublist: Sublist
    /// What its clients may use.
    var limits = BrokerAccount.Limits()
    /// How subjects are rewritten that are published to; nil when none are.
    var mappings: SubjectMappings?
    /// Subjects of other accounts whose messages come in.
    private(set) var streamImports: [StreamImport] = []
    /// Subjects of other accounts that requests go out to, each with its subscription in this account.
    private(set) var serviceImports: [Subscription] = []
    /// Whether `$SYS.REQ.USER.INFO` is answered in it.
    var answersUserInfo = false
    /// What clients that are gone have sent and received.
    var statistics = TrafficStatistics()
    /// Clients that are in it now.
    private(set) var clientCount = 0

    init(name: String, seed: UInt64) {
        self.name = name
        displayName = name
        sublist = Sublist(seed: seed)
    }

    /// Whether one more client may come in.
    var hasRoom: Bool { limits.connections.map { clientCount < $0 } ?? true }

    /// A client came in.
    func join() { clientCount += 1 }

    /// A client went away.
    func leave() { clientCount -= 1 }

    /// Takes the imports' subscriptions out of a router, and puts others in their place.
    func replaceImports(streams: [StreamImport], services: [ServiceImport], in router: Router) {
        for subscription in serviceImports {
            router.remove(subscription)
            (subscription.receiver as? ServiceImport)?.close()
        }
        streamImports = streams
        serviceImports = services.map { $0.makeSubscription(in: self) }
        for subscription in serviceImports { router.insert(subscription) }
    }
}
