import Glibc
import Logging
import NIOCore
import NIOPosix
import RESProtocol

@testable import Store

/// A store on a bus with its database thread, and a client that hears everything and waits for what it expects.
///
/// `@unchecked Sendable`: everything but `group` is touched on the one event loop alone.
final class BusClient: @unchecked Sendable {
    struct TimedOut: Error {
        let heard: [String]
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let bus: LoopbackBus
    private let store: Store
    private var heard: [String] = []
    private var wanted: (prefix: String, promise: EventLoopPromise<String>)?

    let summary: StoreSummary

    init(_ configuration: StoreConfiguration) throws {
        loop = group.next()
        bus = LoopbackBus(loop)
        store = try Store.open(configuration, logger: Logger(label: "test"))
        summary = store.summary
        try loop.flatSubmit { [self] in
            _ = bus.subscribe(to: ">") { [unowned self] in hear($0) }
            return store.start(bus: bus)
        }.wait()
    }

    /// Stops the store and the loop.
    func stop() throws {
        try loop.flatSubmit { [self] in store.stop() }.wait()
        try group.syncShutdownGracefully()
    }

    /// Sends a request and waits for its reply; gives the reply.
    func request(_ subject: String, _ payload: String = "") throws -> String {
        let reply = "reply.\(UInt64.random(in: 0 ... .max))"
        try loop.submit { [self] in
            _ = bus.publish(
                Message(
                    subject: Subject(unchecked: subject),
                    reply: Subject(unchecked: reply),
                    payload: ByteBuffer(string: payload)
                )
            )
        }.wait()
        return String(try wait(for: reply).dropFirst(reply.count + 1))
    }

    /// Plays a change of the bus's state.
    func change(to state: BusState) throws { try loop.submit { [self] in bus.change(to: state) }.wait() }

    /// Waits until a message whose line starts so has been heard since the last one that was waited for; gives the line.
    func wait(for prefix: String) throws -> String {
        let future = loop.flatSubmit { [self] () -> EventLoopFuture<String> in
            if let index = heard.firstIndex(where: { $0.hasPrefix(prefix) }) {
                let line = heard[index]
                heard.removeSubrange(...index)
                return loop.makeSucceededFuture(line)
            }
            let promise = loop.makePromise(of: String.self)
            wanted = (prefix, promise)
            loop.scheduleTask(in: .seconds(10)) { [self] in promise.fail(TimedOut(heard: heard)) }
            return promise.futureResult
        }
        return try future.wait()
    }

    private func hear(_ message: Message) {
        let payload = String(buffer: message.payload)
        heard.append(payload.isEmpty ? message.subject.text : message.subject.text + " " + payload)
        guard let wanted, let line = heard.last, line.hasPrefix(wanted.prefix) else { return }
        heard = []
        self.wanted = nil
        wanted.promise.succeed(line)
    }
}
