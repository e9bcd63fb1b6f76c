import NIOCore

@testable import EmbeddedBroker

/// A client of a simulated broker, whatever it is connected by.
protocol SimulatedPeer: AnyObject {
    /// Never the same for two.
    var id: Int { get }
    var traits: SimulatedTraits { get }
    /// Whether an operation waits that has not been sent to its end.
    var hasUnsent: Bool { get }
    /// Whether the broker makes it wait.
    var isStalled: Bool { get }
    /// Whether it takes what it is sent.
    var isBlocked: Bool { get }
    /// Whether the broker has ended it.
    var isEnded: Bool { get }

    /// Has something to send.
    func add(_ operation: SimulatedOperation, using generator: inout SplitMix)
    /// Sends a piece of it.
    ///
    /// - Returns: what the broker has acted on.
    func send(using generator: inout SplitMix) -> [SimulatedEvent]
    /// What came since it was last asked.
    func take(published: (Int) -> SimulatedMessage?) -> [DeliveredItem]
}

/// A client with a session, whose transport behaves as a socket does: what is written goes out at once, or waits until it
/// is taken, and then nothing more can be written.
final class SessionPeer: SimulatedPeer {
    /// How much is handed to the transport at once.
    private static let batchSize = 4_096

    let id: Int
    let traits: SimulatedTraits
    let session: ClientSession
    private let router: Router
    private var outgoing: [UInt8] = []
    /// What ends where in what was and is to be sent.
    private var unsent: [(end: Int, event: SimulatedEvent)] = []
    private var sent = 0
    private var added = 0

    private var reader: DeliveryReader
    private var arrived: [UInt8] = []
    private var inFlight: [UInt8] = []
    private var spent: [ByteBuffer] = []
    private var isFlushing = false
    private(set) var isBlocked = false
    private(set) var isStalled = false
    private(set) var isEnded = false
    var now = Moment(nanoseconds: 0)

    init(id: Int, traits: SimulatedTraits, environment: SessionEnvironment) {
        self.id = id
        self.traits = traits
        router = environment.router
        reader = DeliveryReader(takesHeaders: traits.headers)
        session = ClientSession(
            id: UInt64(id),
            origin: ClientOrigin(address: "127.0.0.1"),
            environment: environment
        )
        session.connection = self
        session.begin()
        router.flush()
        add(traits.connect, .joined(id, traits))
    }

    var hasUnsent: Bool { !unsent.isEmpty }

    /// Whether nothing waits to be taken.
    var isIdle: Bool { session.outbox.pendingBytes == 0 && inFlight.isEmpty && !reader.hasRest }

    private func add(_ text: String, _ event: SimulatedEvent) {
        outgoing += Array(text.utf8)
        added += text.utf8.count
        unsent.append((added, event))
    }

    func add(_ operation: SimulatedOperation, using generator: inout SplitMix) {
        add(operation.encode(for: traits, using: &generator), .performed(id, operation))
    }

    func send(using generator: inout SplitMix) -> [SimulatedEvent] {
        guard let next = unsent.first, !isStalled, !isEnded else { return [] }
        // Who may be cut off by its own message must not have acted on anything behind it.
        let most = isBlocked ? next.end - sent : outgoing.count
        let isWhole = Bool.random(using: &generator)
        let count = isWhole ? most : Int.random(in: 1...most, using: &generator)
        let piece = ByteBuffer(bytes: outgoing.prefix(count))
        outgoing.removeFirst(count)
        sent += count
        router.isInTurn = true
        session.receive(piece, at: now)
        router.isInTurn = false
        router.flush()
        if let pressed = session.pressedReceiver {
            session.pressedReceiver = nil
            if pressed.isUnderPressure {
                isStalled = true
                pressed.addWaiting(session)
            }
        }
        let acted = unsent.prefix { $0.end <= sent }
        unsent.removeFirst(acted.count)
        return acted.map(\.event)
    }

    func take(published: (Int) -> SimulatedMessage?) -> [DeliveredItem] {
        let bytes = arrived
        arrived = []
        return reader.read(bytes, published: published)
    }

    // MARK: The other side of the socket

    func block() { isBlocked = true }

    func unblock() {
        isBlocked = false
        takeInFlight(.max)
    }

    /// Takes some bytes, and stays blocked.
    func takeInFlight(_ most: Int) {
        let count = min(most, inFlight.count)
        arrived += inFlight.prefix(count)
        inFlight.removeFirst(count)
        guard inFlight.isEmpty, !isEnded else { return }
        session.written(at: now)
        flushOutbox()
        session.resumeWaiting()
    }

    /// The connection is gone.
    func disconnect() {
        isEnded = true
        session.connectionClosed(.clientClosed)
    }
}

extension SessionPeer: SessionConnection {
    func flushOutbox() {
        guard inFlight.isEmpty, !isFlushing else { return }
        isFlushing = true
        defer { isFlushing = false }
        while inFlight.isEmpty, !session.outbox.isEmpty {
            var size = 0
            while size < SessionPeer.batchSize, let segment = session.outbox.next() {
                size += segment.bytes.readableBytes
                let bytes = segment.bytes.readableBytesView
                if isBlocked { inFlight += bytes } else { arrived += bytes }
                if segment.isReusable { spent.append(segment.bytes) }
            }
            guard inFlight.isEmpty else { break }
            session.written(at: now)
            while let segment = spent.popLast() { router.pool.give(segment) }
        }
        spent.removeAll()
    }

    func closeAfterFlush(lingering: Bool) {
        flushOutbox()
        isEnded = true
    }

    func pauseReading() { isStalled = true }

    func resumeReading() { isStalled = false }
}
