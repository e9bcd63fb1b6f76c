import NIOCore
import RESProtocol
import WebServer

@testable import Gateway

/// Services that answer by hand: a request is seen, an answer is given, an event is sent. Nothing happens by itself.
final class ScriptedServices: ServicePort {
    struct Request {
        let subject: String
        let payload: String
        let completion: (ServiceAnswer) -> Void
    }

    var now: UInt64 = 0
    private(set) var pending: [Request] = []
    private(set) var listeners: [UInt64: (pattern: String, receive: (String, ByteBuffer) -> Void)] = [:]
    private(set) var reports: [String] = []
    private(set) var wakeTimes: [UInt64] = []
    private var nextListener: UInt64 = 1

    func send(_ request: ServiceRequest, completion: @escaping (ServiceAnswer) -> Void) {
        var payload = ByteBuffer()
        request.encode(into: &payload)
        send(to: request.subject.text, payload: payload, completion: completion)
    }

    func send(to subject: String, payload: ByteBuffer, completion: @escaping (ServiceAnswer) -> Void) {
        pending.append(Request(subject: subject, payload: String(buffer: payload), completion: completion))
    }

    func listen(to name: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        listen("event.\(name)", receive)
    }

    func listen(toConnection id: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        listen("conn.\(id)", receive)
    }

    private func listen(_ pattern: String, _ receive: @escaping (String, ByteBuffer) -> Void)
        -> BusSubscription
    {
        defer { nextListener += 1 }
        listeners[nextListener] = (pattern, receive)
        return BusSubscription(id: nextListener)
    }

    func stopListening(_ subscription: BusSubscription) { listeners[subscription.id] = nil }
    func wakeCache(at time: UInt64) { wakeTimes.append(time) }
    func report(_ problem: String, _ subject: String) { reports.append("\(subject): \(problem)") }

    /// Subjects that are listened to, without the last `.*`.
    var listening: [String] { listeners.values.map(\.pattern).sorted() }

    /// Sends an event, as `event.test.model.change`.
    func emit(_ subject: String, _ payload: String = "") {
        deliver(subject, payload, to: listenerIDs(for: subject))
    }

    /// Who hears an event that is sent now.
    func listenerIDs(for subject: String) -> [UInt64] {
        let pattern = subject[..<(subject.lastIndex(of: ".") ?? subject.startIndex)]
        return listeners.filter { $0.value.pattern == pattern }.keys.sorted()
    }

    /// Brings an event to those of these who still listen.
    func deliver(_ subject: String, _ payload: String, to ids: [UInt64]) {
        let name = subject.split(separator: ".").last.map(String.init) ?? ""
        for id in ids { listeners[id]?.receive(name, ByteBuffer(string: payload)) }
    }

    /// Answers the first pending request on a subject; whether there was one.
    @discardableResult
    func answer(_ subject: String, _ payload: String) -> Bool {
        answer(subject, .payload(ByteBuffer(string: payload)))
    }

    @discardableResult
    func answer(_ subject: String, _ answer: ServiceAnswer) -> Bool {
        guard let request = take(subject) else { return false }
        request.completion(answer)
        return true
    }

    /// Takes the first pending request on a subject, to be answered later.
    func take(_ subject: String) -> Request? {
        pending.firstIndex { $0.subject == subject }.map { pending.remove(at: $0) }
    }
}

/// A client that remembers what it was sent.
final class ScriptedClient: ClientOutput {
    var session: ClientSession?
    private(set) var messages: [String] = []
    private(set) var closeReason: String?

    func send(_ text: consuming ByteBuffer) { messages.append(String(buffer: text)) }

    func send(frame: SharedFrame) { messages.append(ScriptedClient.text(of: frame)) }

    func close(code: UInt16, reason: String) { closeReason = "\(code) \(reason)" }

    /// The text of a frame, its header (RFC 6455 section 5.2) skipped where it has one.
    static func text(of frame: SharedFrame) -> String {
        let bytes = Array(frame.bytes.readableBytesView)
        guard bytes.first == 0x81 else { return String(decoding: bytes, as: UTF8.self) }
        let header = bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10
        return String(decoding: bytes.dropFirst(header), as: UTF8.self)
    }

    /// What came since the last call.
    func received() -> [String] {
        defer { messages = [] }
        return messages
    }
}

/// A gateway without a network: clients, cache, and services by hand.
final class World {
    let services = ScriptedServices()
    let context: SessionContext
    private var connections = 0

    init(
        limits: SessionLimits = SessionLimits(),
        resetThrottle: Int? = nil,
        referenceThrottle: Int? = nil,
        maximumHeldEvents: Int = 10_000,
        maximumIdleQueryBytes: Int = 4 << 20
    ) {
        let cache = ResourceCache(
            port: services,
            resetThrottle: resetThrottle,
            maximumHeldEvents: maximumHeldEvents,
            maximumIdleQueryBytes: maximumIdleQueryBytes
        )
        context = SessionContext(cache: cache, limits: limits)
        context.referenceThrottle = referenceThrottle
    }

    /// A client, of protocol 1.2.3 unless told otherwise; connection ids are `cid1`, `cid2` and so on.
    func connect(version: String? = "1.2.3") -> ScriptedClient {
        connections += 1
        let client = ScriptedClient()
        let session = ClientSession(id: "cid\(connections)", context: context, output: client) {
            ServiceRequest.ClientDescription(
                header: [("Cookie", ["a=b"])],
                host: "example.com",
                remoteAddress: "127.0.0.1:5",
                uri: "/"
            )
        }
        session.open()
        client.session = session
        if let version {
            client.send("version", #"{"protocol":"\#(version)"}"#, id: 0)
            _ = client.received()
        }
        return client
    }

    /// Subjects of the requests that wait for an answer, in order.
    var asked: [String] { services.pending.map(\.subject) }

    /// Answers get requests with models and collections, and access requests with everything, until none is left.
    func serve(_ resources: [String: String]) {
        while let request = services.pending.first {
            guard let dot = request.subject.firstIndex(of: ".") else { return }
            let name = String(request.subject[request.subject.index(after: dot)...])
            switch request.subject[..<dot] {
            case "access": services.answer(request.subject, #"{"result":{"get":true,"call":"*"}}"#)
            case "get":
                let content = resources[name]
                let member = content?.hasPrefix("[") == true ? "collection" : "model"
                services.answer(
                    request.subject,
                    content.map { #"{"result":{"\#(member)":\#($0)}}"# }
                        ?? #"{"error":{"code":"system.notFound","message":"Not found"}}"#
                )
            default: return
            }
        }
    }
}

extension ScriptedClient {
    /// Sends a request.
    func send(_ method: String, _ params: String? = nil, id: Int) {
        let params = params.map { #","params":\#($0)"# } ?? ""
        session?.received(ByteBuffer(string: #"{"id":\#(id),"method":"\#(method)"\#(params)}"#))
    }
}
