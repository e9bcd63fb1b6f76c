import DequeModule
import RESProtocol

/// What is under way at a subscription.
final class Work {
    /// Why the content could not be had.
    var error: RESError?
    /// Those that wait for the content, beyond the first, which is the subscription's `wait`.
    var waits: [ReadinessWait] = []
    /// Events that wait.
    var held: Deque<AppliedEvent> = []
    /// The access request under way whose answer counts.
    var accessRequest: AccessRequest?
    /// What an event that is about to be sent references, once for each time. The client does not know of it yet.
    var pendingReferences: [Subscription] = []
    /// Waits until what that event brings along is there.
    var pendingEvent: ReadinessWait?
    /// Paces the get requests for what the subscription leads to, where that is configured.
    var throttle: RequestThrottle?

    /// Whether nothing is under way any more.
    var isDone: Bool {
        error == nil && waits.isEmpty && held.isEmpty && accessRequest == nil
            && pendingReferences.isEmpty && pendingEvent == nil
    }
}

/// An access request under way, and who waits for its answer.
final class AccessRequest {
    var waiters: [(Access) -> Void] = []
}

/// Waits until subscriptions and all that they reference are there.
final class ReadinessWait {
    let roots: [Subscription]
    /// Whose events go on when the wait is over.
    let parent: Subscription?
    /// What references others and has been followed, so that cycles end.
    var visited: Set<ObjectIdentifier> = []
    /// Of these, how many are not there yet.
    var pending = 0
    var isCancelled = false
    /// Runs once, with all that the client does not have.
    let completion: (ResourceSet) -> Void

    init(
        _ roots: [Subscription],
        parent: Subscription?,
        _ completion: @escaping (ResourceSet) -> Void
    ) {
        self.roots = roots
        self.parent = parent
        self.completion = completion
    }
}
