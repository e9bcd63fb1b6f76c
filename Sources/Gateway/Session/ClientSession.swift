import DequeModule
package import RESProtocol

import struct NIOCore.ByteBuffer

/// One client connection: what it has subscribed to, may do, and is waiting for.
///
/// The parts of it are in extensions: requests, loading, events, access, calls, collection of what is not needed.
package final class ClientSession {
    /// The connection id; services know the connection by it, the client does not (RES protocol, "Connection IDs").
    package let id: String
    let context: SessionContext
    /// Where messages go; nil once the connection is gone, and for HTTP requests. It leads back here until `close`.
    private(set) var output: (any ClientOutput)?
    /// What auth requests tell of the client. Asked for when it is needed, for most connections never send one.
    let describeClient: () -> ServiceRequest.ClientDescription

    package internal(set) var version = ProtocolVersion.assumed
    var token: JSONSlice?
    var tokenID = ""
    /// By the id as the client knows it.
    var subscriptions: [String: Subscription] = [:]
    var pendingRequests = 0
    /// Whether it may reach what is guarded (`SessionContext.guarded`).
    private lazy var reachesGuarded = context.guarded?.admit(describeClient()) ?? true
    private(set) var isClosed = false
    private var connectionEvents: BusSubscription?

    /// Whether a resource may be missing because no service has answered.
    var mayLackAnswers = false
    /// The number of walks over the graph so far.
    var walks: UInt32 = 0
    /// Content that is there and was not taken yet.
    var loads: Deque<Subscription> = []
    /// Waits that may be over.
    var readyWaits: Deque<ReadinessWait> = []
    /// What may not be needed any more.
    var orphans: Deque<Subscription> = []
    /// What the client has got just now, and whose events may flow.
    var flushes: Deque<Subscription> = []
    var isSettling = false

    package init(
        id: String,
        context: SessionContext,
        output: (any ClientOutput)?,
        describeClient: @escaping () -> ServiceRequest.ClientDescription
    ) {
        self.id = id
        self.context = context
        self.output = output
        self.describeClient = describeClient
    }

    /// Listens to the connection's events, and takes part in token resets.
    package func open() {
        guard connectionEvents == nil, !isClosed else { return }
        context.opened(self)
        connectionEvents = context.port.listen(toConnection: id) { [weak self] event, payload in
            self?.connectionEvent(event, payload)
        }
    }

    /// Says where messages go from now on.
    package func attach(_ output: any ClientOutput) {
        self.output = output
    }

    /// Ends everything; nothing is sent or asked any more.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        output = nil
        if let connectionEvents {
            context.port.stopListening(connectionEvents)
            context.closed(self)
        }
        connectionEvents = nil
        let all = subscriptions
        subscriptions = [:]
        loads = []
        readyWaits = []
        orphans = []
        flushes = []
        for subscription in all.values { discard(subscription) }
    }

    private func discard(_ subscription: Subscription) {
        subscription.state = .disposed
        subscription.snapshot = nil
        subscription.references = ReferenceList()
        subscription.wait = nil
        subscription.work = nil
        context.cache.detach(subscription)
    }

    /// Whether the client may reach a resource, as far as it is one of those that not everyone may.
    func mayReach(_ resource: ResourceID) -> Bool {
        guard let guarded = context.guarded, guarded.contain(resource.name) else { return true }
        return reachesGuarded
    }

    /// The id that services know a resource by: `{cid}` is replaced.
    func resourceID(_ rid: String) -> ResourceID {
        guard rid.utf8.contains(UInt8(ascii: "{")) else {
            return ResourceID(rid) ?? ResourceID(unchecked: rid)
        }
        let expanded = ClientSession.replaceTag(in: rid, with: id)
        return ResourceID(expanded) ?? ResourceID(unchecked: expanded)
    }

    /// Replaces every `{cid}` (RES client protocol, "Connection ID tag").
    private static func replaceTag(in rid: String, with id: String) -> String {
        var expanded = ""
        var rest = rid[...]
        while !rest.isEmpty {
            if rest.hasPrefix("{cid}") {
                expanded += id
                rest = rest.dropFirst(5)
            } else {
                expanded.append(rest.removeFirst())
            }
        }
        return expanded
    }

    var usesLegacyValues: Bool { version.usesLegacyValues }
}

// MARK: - Events of the connection

extension ClientSession {
    private func connectionEvent(_ event: String, _ payload: ByteBuffer) {
        guard event == "token", !isClosed else { return }
        guard let body = try? JSONSlice(parsing: payload), body.kind == .object || body.isNull,
            body["tid"].map({ $0.kind == .string || $0.isNull }) ?? true
        else { return context.port.report("token event that is not of its form", "conn.\(id).token") }
        let token = body["token"].flatMap { $0.isNull ? nil : $0.detached }
        setToken(token, id: body["tid"]?.string ?? "")
    }

    /// Sets the access token (RES service protocol, "Connection token event").
    func setToken(_ token: JSONSlice?, id: String) {
        let hadToken = self.token != nil
        self.token = token
        tokenID = id
        // Without a token before, what was allowed without one stays allowed.
        guard hadToken else { return }
        for (_, subscription) in subscriptions.sorted(by: { $0.key < $1.key }) { reaccess(subscription) }
        settle()
    }

    /// Authenticates anew when the connection's token is one of these.
    func tokenReset(_ ids: Set<String>, subject: String) {
        guard !tokenID.isEmpty, ids.contains(tokenID) else { return }
        let request = ServiceRequest(
            .auth(method: ""),
            ResourceID(unchecked: subject),
            connectionID: id,
            token: token,
            client: describeClient()
        )
        var payload = ByteBuffer()
        request.encode(into: &payload)
        let port = context.port
        port.send(to: subject, payload: payload) { answer in
            if case .failure(let error) = answer {
                port.report("auth request of a token reset: \(error.message)", subject)
            }
        }
    }
}
