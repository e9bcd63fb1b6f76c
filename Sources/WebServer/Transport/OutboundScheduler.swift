import NIOCore

/// Writes what is pending for WebSockets once per turn of the loop, all connections in one go.
final class OutboundScheduler {
    private let eventLoop: any EventLoop
    private var dirty: [WebSocketConnection] = []
    private var isScheduled = false
    private var joiner = FrameJoiner()
    private let compressor: FrameCompressor?

    init(eventLoop: any EventLoop, compressor: FrameCompressor?) {
        self.eventLoop = eventLoop
        self.compressor = compressor
    }

    /// Has a connection write at the end of this turn. A connection is added once per turn.
    func add(_ connection: WebSocketConnection) {
        dirty.append(connection)
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().execute { self.writeAll() }
    }

    private func writeAll() {
        isScheduled = false
        let connections = dirty
        dirty = []
        for connection in connections { connection.writePending(joiner: &joiner) }
        joiner.clear()
        compressor?.clear()
        if dirty.isEmpty, connections.count <= OutboundScheduler.keptCapacity {
            dirty.reserveCapacity(connections.count)
        }
    }

    private static let keptCapacity = 16_384
}
