package import RESProtocol

/// What all sessions of a gateway share.
package final class SessionContext {
    package let cache: ResourceCache
    let port: any ServicePort
    let limits: SessionLimits
    var accessDecoder = AccessDecoder()
    /// Resources that only some clients may reach; nil for none.
    var guarded: GuardedResources?
    /// Who watches, and who interferes; nil while nobody does.
    private(set) var observer: (any GatewayObserver)?
    var interference: (any RequestInterference)?
    /// Who is asked about HTTP requests that themselves ask for a delay; nil where they cannot.
    var delays: (any RequestInterference)?
    /// What has happened so far.
    package var metrics = GatewayMetrics()
    /// WebSockets that are open.
    var webSocketCount = 0
    /// Get requests that one subscription may have under way for what it leads to; nil for any number.
    var referenceThrottle: Int?
    /// Room for walks over what sessions have, so that each walk need not make its own.
    private var stack: [Subscription] = []
    /// Room for more is given back to the system.
    private static let keptStack = 1024
    /// The sessions of connections that stay, by connection id.
    private var sessions: [String: ClientSession] = [:]

    package init(cache: ResourceCache, limits: SessionLimits = SessionLimits()) {
        self.cache = cache
        port = cache.port
        self.limits = limits
    }

    func opened(_ session: ClientSession) { sessions[session.id] = session }

    func closed(_ session: ClientSession) { sessions[session.id] = nil }

    /// An empty stack for a walk; `giveBack` it.
    func takeStack() -> [Subscription] {
        var taken: [Subscription] = []
        swap(&taken, &stack)
        return taken
    }

    func giveBack(_ used: inout [Subscription]) {
        used.removeAll(keepingCapacity: true)
        if used.capacity <= SessionContext.keptStack { swap(&used, &stack) }
    }

    /// Has requests and events watched.
    func observe(_ observer: (any GatewayObserver)?) {
        self.observer = observer
        cache.observer = observer
    }

    /// The open sessions, by connection id.
    var all: [ClientSession] { sessions.values.sorted { $0.id < $1.id } }

    /// The session of a connection that stays.
    func session(_ id: String) -> ClientSession? { sessions[id] }

    /// How many sessions are open.
    package var count: Int { sessions.count }

    /// What matches is fetched anew, and access asked for (RES service protocol, "System reset event").
    package func systemReset(_ payload: JSONSlice) {
        cache.systemReset(payload)
        let patterns = ResetPatterns(payload["resources"])
        askAgain { patterns.match($0) }
    }

    /// The bus is back.
    package func busReconnected() {
        cache.busReconnected()
        askAgain { _ in true }
    }

    /// Has all sessions ask for what no service has answered for.
    private func askAgain(_ belong: (_ name: String) -> Bool) {
        let lacking = sessions.values.filter(\.mayLackAnswers)
        for session in lacking.sorted(by: { $0.id < $1.id }) { session.askAgain(belong) }
    }

    /// Tokens with these ids are out of date: has each connection that holds one authenticate anew
    /// (RES service protocol, "System token reset event").
    package func tokenReset(_ payload: JSONSlice) {
        guard let subject = payload["subject"]?.string, Subject(subject) != nil else {
            return port.report("token reset without a subject", "system.tokenReset")
        }
        let ids = Set(payload["tids"]?.elements.compactMap(\.string) ?? [])
        guard !ids.isEmpty else { return }
        for (_, session) in sessions.sorted(by: { $0.key < $1.key }) {
            session.tokenReset(ids, subject: subject)
        }
    }
}
