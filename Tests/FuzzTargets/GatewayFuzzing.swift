import NIOCore
import RESProtocol
import WebServer

@testable import Gateway

extension FuzzTarget {
    /// What clients and services send to a gateway, line by line; the first byte of a line says who sends the rest.
    ///
    /// `c` and `d` two clients, `r` the service that was asked first, `e` and `f` events of every resource (`change {…}`),
    /// `t` the token events of connections, `s` a system reset, `k` a token reset, `w` time that passes.
    static let gateway = FuzzTarget(name: "gateway") { input in
        let services = FuzzServices()
        let context = SessionContext(cache: ResourceCache(port: services))
        let outputs = [FuzzOutput(), FuzzOutput()]
        let sessions = outputs.enumerated().map { index, output in
            ClientSession(id: "cid\(index)", context: context, output: output) {
                ServiceRequest.ClientDescription(header: [], host: "h", remoteAddress: "a", uri: "/")
            }
        }
        for session in sessions { session.open() }
        for line in input.split(separator: UInt8(ascii: "\n")).prefix(256) {
            let rest = ByteBuffer(bytes: line.dropFirst())
            switch line[line.startIndex] {
            case UInt8(ascii: "c"): sessions[0].received(rest)
            case UInt8(ascii: "d"): sessions[1].received(rest)
            case UInt8(ascii: "r"): services.answer(rest)
            case UInt8(ascii: "e"), UInt8(ascii: "f"): services.emit("event.", rest)
            case UInt8(ascii: "t"): services.emit("conn.", ByteBuffer(string: "token ") + rest)
            case UInt8(ascii: "s"):
                if let payload = try? JSONSlice(parsing: rest) { context.cache.systemReset(payload) }
            case UInt8(ascii: "k"):
                if let payload = try? JSONSlice(parsing: rest) { context.tokenReset(payload) }
            default:
                services.now += 6_000_000_000
                context.cache.wake()
            }
        }
        for session in sessions { session.close() }
        services.now += 6_000_000_000
        while services.answer(ByteBuffer(string: #"{"error":{"code":"system.timeout","message":""}}"#)) {}
        services.now += 6_000_000_000
        context.cache.wake()
        precondition(context.cache.count == 0, "a resource is left that nobody uses")
        precondition(services.listenerCount == 0, "a subscription is left that nobody uses")
    }
}

/// Services in the hands of an input.
private final class FuzzServices: ServicePort {
    var now: UInt64 = 0
    private var pending: [(ServiceAnswer) -> Void] = []
    private var listeners: [UInt64: (pattern: String, receive: (String, ByteBuffer) -> Void)] = [:]
    private var nextListener: UInt64 = 1

    var listenerCount: Int { listeners.count }

    func send(_ request: ServiceRequest, completion: @escaping (ServiceAnswer) -> Void) {
        var payload = ByteBuffer()
        request.encode(into: &payload)
        send(to: request.subject.text, payload: payload, completion: completion)
    }

    func send(to subject: String, payload: ByteBuffer, completion: @escaping (ServiceAnswer) -> Void) {
        precondition(Subject(subject) != nil, "a request on a subject that is none: \(subject)")
        precondition((try? JSONSlice(parsing: payload)) != nil, "a request that is no JSON")
        pending.append(completion)
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
        precondition(SubjectPattern(pattern + ".*") != nil, "a pattern that is none: \(pattern)")
        defer { nextListener += 1 }
        listeners[nextListener] = (pattern, receive)
        return BusSubscription(id: nextListener)
    }

    func stopListening(_ subscription: BusSubscription) { listeners[subscription.id] = nil }
    func wakeCache(at time: UInt64) {}
    func report(_ problem: String, _ subject: String) {}

    /// Answers the oldest request; whether there was one.
    @discardableResult
    func answer(_ payload: ByteBuffer) -> Bool {
        guard !pending.isEmpty else { return false }
        pending.removeFirst()(.payload(payload))
        return true
    }

    /// Sends an event, its name and payload separated by a blank, to everybody who listens for that kind.
    func emit(_ kind: String, _ text: ByteBuffer) {
        let bytes = text.readableBytesView
        let name = bytes.prefix { $0 != UInt8(ascii: " ") }
        let payload = ByteBuffer(bytes: bytes.dropFirst(name.count + 1))
        for listener in listeners.sorted(by: { $0.key < $1.key }) where listener.value.pattern.hasPrefix(kind)
        {
            listener.value.receive(String(decoding: name, as: UTF8.self), payload)
        }
    }
}

/// A client that looks whether what it gets is JSON.
private final class FuzzOutput: ClientOutput {
    func send(_ text: consuming ByteBuffer) { check(text) }

    func send(frame: SharedFrame) {
        let bytes = Array(frame.bytes.readableBytesView)
        guard bytes.first == 0x81 else { return check(frame.bytes) }
        check(ByteBuffer(bytes: bytes.dropFirst(bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10)))
    }

    func close(code: UInt16, reason: String) {}

    private func check(_ text: ByteBuffer) {
        precondition(
            (try? JSONSlice(parsing: text)) != nil,
            "a message that is no JSON: \(String(buffer: text))"
        )
    }
}

extension ByteBuffer {
    fileprivate static func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
        var joined = left
        joined.writeImmutableBuffer(right)
        return joined
    }
}
