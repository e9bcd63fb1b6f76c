import DequeModule
import Synchronization

/// Messages on their way from the broker's loop to the tasks that take them.
///
/// What goes beyond its limits is dropped and counted: a task that does not keep up harms nobody but itself.
final class MessageBuffer: Sendable {
    /// What may wait.
    struct Limits: Sendable {
        var messages: Int
        /// Payloads, header blocks and subjects together.
        var bytes: Int
    }

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<BusMessage?, Never>
    }

    private struct State {
        var messages = Deque<BusMessage>()
        var bytes = 0
        var waiters = Deque<Waiter>()
        var lastWaiter: UInt64 = 0
        /// Waiters whose tasks were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
        var dropped = 0
        var isFinished = false
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) {
        self.limits = limits
    }

    /// How many messages were dropped.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Hands a message to a task that waits, or keeps it.
    ///
    /// - Returns: false when it is the first one that was dropped.
    func append(_ message: BusMessage) -> Bool {
        let (waiter, isFirstDrop) = state.withLock { state -> (Waiter?, Bool) in
            guard !state.isFinished else { return (nil, false) }
            if let waiter = state.waiters.popFirst() { return (waiter, false) }
            let size = message.size
            // One message is always kept, however large.
            let fits = state.messages.isEmpty || size <= limits.bytes - state.bytes
            guard fits, state.messages.count < max(1, limits.messages) else {
                state.dropped += 1
                return (nil, state.dropped == 1)
            }
            state.messages.append(message)
            state.bytes += size
            return (nil, false)
        }
        waiter?.continuation.resume(returning: message)
        return !isFirstDrop
    }

    /// Nothing more comes; what waits can still be taken.
    func finish() {
        let waiters = state.withLock { state -> Deque<Waiter> in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// The next message; nil when nothing more comes, or the task is cancelled.
    func next() async -> BusMessage? {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let message = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(Waiter(id: id, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
        // It may have been cancelled just after it was served.
        if Task.isCancelled { state.withLock { _ = $0.cancelled.remove(id) } }
        return message
    }

    private func wait(_ waiter: Waiter) {
        enum Outcome {
            case waits
            case ends(BusMessage?)
        }
        let outcome = state.withLock { state -> Outcome in
            if state.cancelled.remove(waiter.id) != nil { return .ends(nil) }
            if let message = state.messages.popFirst() {
                state.bytes -= message.size
                return .ends(message)
            }
            guard !state.isFinished else { return .ends(nil) }
            state.waiters.append(waiter)
            return .waits
        }
        if case .ends(let message) = outcome { waiter.continuation.resume(returning: message) }
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: nil)
    }
}
