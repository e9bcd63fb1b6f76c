import Glibc
import Logging
import NIOCore

/// What all connections of one server share. Belongs to the server's event loop.
final class ServerContext {
    let configuration: HTTPServerConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let scheduler: OutboundScheduler
    /// Compresses what WebSockets are sent; nil when none may be compressed.
    let compressor: FrameCompressor?
    /// The open connections.
    var connections = ConnectionTable<ConnectionHandler>()
    /// Whether the server stops: no connection is kept open behind an answer.
    var isStopping = false
    /// Called when the last connection is gone.
    var onEmpty: (() -> Void)?

    /// Serves the requests; the server keeps it alive no longer than the owner does.
    private(set) weak var application: (any HTTPApplication)?

    /// Answers are built here and handed to the channel, which has mostly let go of them before the next one
    /// is built.
    private var scratch = ByteBuffer()
    private var dateSecond = -1
    private var date = ""
    private var isTicking = false

    /// How often deadlines are looked at; a deadline passes up to this much late.
    static let tickInterval: TimeAmount = .milliseconds(250)

    init(
        configuration: HTTPServerConfiguration,
        application: any HTTPApplication,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.configuration = configuration
        self.application = application
        self.eventLoop = eventLoop
        self.logger = logger
        compressor = configuration.compression.map { FrameCompressor($0) }
        scheduler = OutboundScheduler(eventLoop: eventLoop, compressor: compressor)
    }

    /// Enters a connection; deadlines are looked at from now on.
    func opened(_ connection: ConnectionHandler) -> Int {
        let place = connections.insert(connection)
        tickLater()
        return place
    }

    /// Strikes a connection out.
    func closed(at place: Int) {
        connections.remove(at: place)?.place = place
        if connections.isEmpty { onEmpty.take()?() }
    }

    /// Sets the one deadline of a connection; nil for none.
    func setDeadline(_ time: TimeAmount?, at place: Int) {
        let ticks = time.map { time in
            UInt32(clamping: (time.nanoseconds / ServerContext.tickInterval.nanoseconds).advanced(by: 1))
        }
        connections.setDeadline(ticks, at: place)
    }

    /// A buffer built by a closure; its storage is used again as soon as nobody else refers to it.
    func build(_ body: (inout ByteBuffer) -> Void) -> ByteBuffer {
        scratch.clear()
        body(&scratch)
        return scratch
    }

    /// The value of the field `Date` now.
    var currentDate: String {
        let second = time(nil)
        if second != dateSecond {
            dateSecond = second
            date = HTTPDate(secondsSinceEpoch: second).value
        }
        return date
    }

    private func tickLater() {
        guard !isTicking else { return }
        isTicking = true
        eventLoop.assumeIsolated().scheduleTask(in: ServerContext.tickInterval) { self.tick() }
    }

    private func tick() {
        isTicking = false
        for connection in connections.tick() { connection.deadlinePassed() }
        if !connections.isEmpty { tickLater() }
    }
}
