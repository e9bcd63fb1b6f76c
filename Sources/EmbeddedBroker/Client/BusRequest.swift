import NIOCore
import RESProtocol
import Synchronization

/// A request on its way: who waits for it, and how it is given up on the loop.
final class BusRequest: Sendable {
    private struct State {
        var continuation: CheckedContinuation<BusMessage, any Error>?
        /// How it ended before anybody waited.
        var earlyEnd: Result<BusMessage, any Error>?
        var isOver = false
    }

    private let state = Mutex(State())
    /// Of the loop's own.
    private let cancellation = Mutex<NIOLoopBound<() -> Void>?>(nil)

    /// Says who waits.
    func begin(_ continuation: CheckedContinuation<BusMessage, any Error>) {
        let early = state.withLock { state -> Result<BusMessage, any Error>? in
            if let early = state.earlyEnd { return early }
            state.continuation = continuation
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Asks, unless nobody waits any more. On the loop.
    func send(_ message: Message, timeout: Duration, over core: BusClientCore) {
        guard !state.withLock({ $0.isOver }) else { return }
        let cancel = core.request(message, timeout: .nanoseconds(timeout.nanoseconds)) { result in
            self.end(result.mapError { $0 })
        }
        let bound = NIOLoopBound(cancel, eventLoop: core.bus.eventLoop)
        cancellation.withLock { $0 = bound }
    }

    /// Tells who waits how it ended; the first end counts.
    func end(_ result: Result<BusMessage, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<BusMessage, any Error>? in
            guard !state.isOver else { return nil }
            state.isOver = true
            if state.continuation == nil { state.earlyEnd = result }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }

    /// An answer is not waited for any more. On the loop.
    func forget() { cancellation.withLock { $0 }?.value() }
}
