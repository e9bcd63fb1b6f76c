import DequeModule
import NIOCore
import RESProtocol
import Synchronization

/// What tasks on any thread want of a bus client, in order, on its way to the broker's loop.
///
/// Many operations cross in one go. A publisher that is faster than the loop waits.
final class BusOperations: Sendable {
    /// What is done on the loop.
    enum Operation {
        case publish(Message)
        case perform(@Sendable (BusClientCore) -> Void)
    }

    /// How many operations may wait before those who publish do.
    static let countLimit = 4_096
    /// How many bytes may wait before those who publish do.
    static let byteLimit = 8 << 20

    private struct State {
        var waiting = Deque<Operation>()
        var bytes = 0
        /// Whether the loop will come for what waits.
        var isScheduled = false
        var isClosed = false
        var publishers: [CheckedContinuation<Void, Never>] = []

        var isFull: Bool { waiting.count >= countLimit || bytes >= byteLimit }
    }

    private let state = Mutex(State())
    private let eventLoop: any EventLoop
    /// Set once, before anything is added.
    private let core = Mutex<NIOLoopBound<BusClientCore>?>(nil)

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Whose operations these are. On the loop.
    func attach(_ core: BusClientCore) {
        let bound = NIOLoopBound(core, eventLoop: eventLoop)
        self.core.withLock { $0 = bound }
    }

    /// Whether nothing is taken any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Adds an operation.
    ///
    /// - Returns: false when nothing is taken any more.
    func add(_ operation: sending Operation) -> Bool {
        let bytes: Int
        if case .publish(let message) = operation {
            bytes = message.payload.readableBytes + (message.headers?.block.readableBytes ?? 0)
        } else {
            bytes = 0
        }
        var isTaken = false
        var mustSchedule = false
        state.withLock { state in
            guard !state.isClosed else { return }
            isTaken = true
            state.waiting.append(operation)
            state.bytes += bytes
            mustSchedule = !state.isScheduled
            state.isScheduled = true
        }
        if mustSchedule { schedule() }
        return isTaken
    }

    private func schedule() {
        guard let core = core.withLock({ $0 }) else { return }
        eventLoop.execute { core.value.runOperations() }
    }

    /// Waits until there is room again.
    func waitForRoom() async {
        guard state.withLock({ $0.isFull }) else { return }
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard state.isFull, !state.isClosed else { return false }
                state.publishers.append(continuation)
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    /// Takes the next operation; nil when there is none, and the loop is scheduled anew for the next one.
    func next() -> Operation? {
        var released: [CheckedContinuation<Void, Never>] = []
        let operation = state.withLock { state -> Operation? in
            guard let operation = state.waiting.popFirst() else {
                state.isScheduled = false
                return nil
            }
            if case .publish(let message) = operation {
                state.bytes -= message.payload.readableBytes + (message.headers?.block.readableBytes ?? 0)
            }
            if !state.isFull, !state.publishers.isEmpty {
                released = state.publishers
                state.publishers = []
            }
            return operation
        }
        for publisher in released { publisher.resume() }
        return operation
    }

    /// Takes nothing any more. What waits and is no message is still carried out, so that nobody waits for ever.
    func close(_ core: BusClientCore) {
        let (waiting, publishers) = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiting = []
                state.publishers = []
            }
            return (state.waiting, state.publishers)
        }
        for publisher in publishers { publisher.resume() }
        for case .perform(let body) in waiting { body(core) }
        self.core.withLock { $0 = nil }
    }
}
