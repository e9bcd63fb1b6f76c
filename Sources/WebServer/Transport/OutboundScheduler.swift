import DequeModule
import NIOCore

/// Writes what is pending for WebSockets, behind what else happens in a turn of the loop.
///
/// Many connections are written in slices, between which the loop takes in what has arrived: a message to thousands
/// delays no request, and what becomes pending meanwhile for connections further back is written with what they wait
/// for already.
final class OutboundScheduler {
    private let eventLoop: any EventLoop
    private var dirty: Deque<WebSocketConnection> = []
    /// The most that waited since none did.
    private var largest = 0
    private var isScheduled = false
    private var joiner = FrameJoiner()
    private let compressor: FrameCompressor?

    init(eventLoop: any EventLoop, compressor: FrameCompressor?) {
        self.eventLoop = eventLoop
        self.compressor = compressor
    }

    /// Has a connection write once its turn comes. A connection is added once until then.
    func add(_ connection: WebSocketConnection) {
        dirty.append(connection)
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().execute { self.writeSome() }
    }

    private func writeSome() {
        isScheduled = false
        var left = OutboundScheduler.sliceLength
        while left > 0, let connection = dirty.popFirst() {
            connection.writePending(joiner: &joiner)
            left -= 1
        }
        joiner.clear()
        compressor?.clear()
        largest = max(largest, dirty.count)
        if dirty.isEmpty {
            if largest > OutboundScheduler.keptCapacity { dirty = [] }
            largest = 0
        } else if !isScheduled {
            isScheduled = true
            // What is due at once would run before the loop looks at its sockets.
            eventLoop.assumeIsolated().scheduleTask(in: OutboundScheduler.breath) { self.writeSome() }
        }
    }

    /// Connections that are written in one go: a write takes about 5 µs.
    private static let sliceLength = 64
    private static let breath = TimeAmount.microseconds(3)
    private static let keptCapacity = 16_384
}
