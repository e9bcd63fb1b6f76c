import NIOCore

@testable import EmbeddedBroker

extension FuzzTarget {
    /// What a client sends to a broker: any split of the bytes has the same effects, what others get of it is well-formed,
    /// and nothing is left of it when it is gone.
    static let broker = FuzzTarget(name: "broker") { input in
        var pieces: [ArraySlice<UInt8>] = []
        InputSplit.pieces(of: input) { pieces.append($0) }
        let whole = outcome(of: [input[...]])
        precondition(outcome(of: pieces) == whole, "a split changes what the bytes mean")
    }

    private static func outcome(of pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
        var limits = SessionLimits()
        limits.payload = 4_096
        limits.controlLine = 512
        limits.subscriptions = 64
        let broker = FuzzBroker(limits: limits)
        let listener = broker.connect()
        listener.send(
            "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB > all\r\nSUB a.* one\r\nSUB a.> q two\r\n"
        )
        let client = broker.connect()
        for piece in pieces { client.send(Array(piece)) }
        let received = listener.received
        check(received)
        precondition(client.session.parser.bufferedBytes <= 8_192, "more is kept than an operation may have")
        client.disconnect()
        precondition(broker.router.subscriptionCount == 3, "a subscription is left of a client that is gone")
        listener.disconnect()
        return [client.received, received, Array("\(client.session.closeReason as Any)".utf8)]
    }

    /// Looks whether bytes are messages and what a broker says by itself, to their end.
    private static func check(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let lineFeed = rest.firstIndex(of: 0x0a) {
            let line = String(decoding: rest[rest.startIndex..<lineFeed], as: UTF8.self)
            rest = rest[(lineFeed + 1)...]
            guard line.hasPrefix("MSG ") || line.hasPrefix("HMSG ") else { continue }
            let size = line.split(separator: " ").last.flatMap { Int($0.dropLast()) } ?? -1
            precondition(size >= 0 && rest.count >= size + 2, "a message without a size: \(line)")
            rest = rest.dropFirst(size)
            precondition(rest.starts(with: [0x0d, 0x0a]), "a message longer than its size: \(line)")
            rest = rest.dropFirst(2)
        }
        precondition(rest.isEmpty, "half a line")
    }
}

/// A broker without a network, for one input.
final class FuzzBroker {
    let router = Router(seed: 1)
    private let environment: SessionEnvironment
    private var lastID: UInt64 = 0

    init(limits: SessionLimits = SessionLimits(), authentication: Authentication = Authentication()) {
        let info = ServerInfo(
            serverID: "N",
            serverName: "fuzz",
            host: "127.0.0.1",
            port: 4222,
            maximumPayload: limits.payload,
            requiresAuthentication: authentication.isRequired()
        )
        environment = SessionEnvironment(
            router: router,
            info: info,
            authentication: authentication,
            limits: limits
        )
    }

    /// A client that has been greeted.
    func connect() -> FuzzClient {
        lastID += 1
        let origin = ClientOrigin(address: "127.0.0.1")
        return FuzzClient(ClientSession(id: lastID, origin: origin, environment: environment))
    }
}

/// A client whose connection takes everything at once.
final class FuzzClient: SessionConnection {
    let session: ClientSession
    private(set) var received: [UInt8] = []

    init(_ session: ClientSession) {
        self.session = session
        session.connection = self
        session.begin()
        session.router.flush()
        received = []
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        session.router.isInTurn = true
        session.receive(ByteBuffer(bytes: bytes), at: Moment(nanoseconds: 1))
        session.router.isInTurn = false
        session.router.flush()
    }

    func disconnect() { session.connectionClosed(.clientClosed) }

    func flushOutbox() {
        while let segment = session.outbox.next() { received += segment.bytes.readableBytesView }
        session.written(at: Moment(nanoseconds: 1))
    }

    func closeAfterFlush(lingering: Bool) { flushOutbox() }
    func pauseReading() {}
    func resumeReading() {}
}
