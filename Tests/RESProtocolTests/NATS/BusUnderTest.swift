import Logging
import NIOCore
import NIOPosix

@testable import RESProtocol

/// A client bus that a test drives from outside its loop.
struct BusUnderTest: Sendable {
    let loop: any EventLoop
    private let bus: NIOLoopBound<NATSBus>
    /// What the bus tells of its connection.
    let states: AsyncStream<BusState>
    /// What the bus logs.
    let log: AsyncStream<String>

    static func connect(
        _ urls: String,
        configure: (inout NATSOptions) -> Void = { _ in }
    ) async throws -> BusUnderTest {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var options = try NATSOptions(urls: urls)
        configure(&options)
        let (log, logSink) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "test") { _ in StreamLogHandler(sink: logSink) }
        let (states, stateSink) = AsyncStream.makeStream(of: BusState.self)
        let bus = try await loop.flatSubmit { [options] in
            NATSBus.connect(options, on: loop, logger: logger).assumeIsolated()
                .map { bus in
                    bus.observeState { stateSink.yield($0) }
                    return NIOLoopBound(bus, eventLoop: loop)
                }
                .nonisolated()
        }.get()
        return BusUnderTest(loop: loop, bus: bus, states: states, log: log)
    }

    /// Runs on the loop.
    func on<Result: Sendable>(_ body: @escaping @Sendable (NATSBus) throws -> Result) async throws -> Result {
        try await loop.submit { try body(bus.value) }.get()
    }

    /// Subscribes, and waits until the server knows.
    func subscribe(to pattern: SubjectPattern, queue: String? = nil) async throws -> AsyncStream<Message> {
        let (messages, sink) = AsyncStream.makeStream(of: Message.self)
        _ = try await on { $0.subscribe(to: pattern, queue: queue) { sink.yield($0) } }
        try await flush()
        return messages
    }

    func publish(_ subject: Subject, reply: Subject? = nil, headers: MessageHeaders? = nil, _ payload: String)
        async throws
    {
        let message = Message(
            subject: subject,
            reply: reply,
            headers: headers,
            payload: ByteBuffer(string: payload)
        )
        _ = try await on { $0.publish(message) }
    }

    func flush() async throws {
        try await loop.flatSubmit { bus.value.flush() }.get()
    }

    func close() async throws {
        try await loop.flatSubmit { bus.value.close() }.get()
    }
}

/// Log lines as texts, data included.
private struct StreamLogHandler: LogHandler {
    let sink: AsyncStream<String>.Continuation
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(sink: AsyncStream<String>.Continuation) {
        self.sink = sink
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        sink.yield("\(event.level): \(event.message) \(event.metadata ?? [:])")
    }
}

extension AsyncStream {
    /// The first elements, as many as asked for.
    func first(_ count: Int) async -> [Element] {
        var elements: [Element] = []
        for await element in self {
            elements.append(element)
            if elements.count == count { break }
        }
        return elements
    }
}
