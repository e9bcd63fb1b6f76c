import DequeModule

/// Lets only so many requests be under way at a time; the others wait for their turn.
final class RequestThrottle {
    private let limit: Int
    private var underWay = 0
    private var waiting: Deque<() -> Bool> = []
    private var isStarting = false

    /// - Parameter limit: from 1 on.
    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    /// Sends a request now, or as soon as its turn comes.
    ///
    /// - Parameter send: sends it, and returns true; or false when there is nothing to be asked any more. Who returned
    ///   true calls `ended` once the answer is there.
    @inline(never)  // Inlined, it makes the optimizer of Swift 6.3 abort.
    func run(_ send: @escaping () -> Bool) {
        waiting.append(send)
        startWaiting()
    }

    /// A request has been answered.
    func ended() {
        underWay -= 1
        startWaiting()
    }

    private func startWaiting() {
        guard !isStarting else { return }
        isStarting = true
        defer { isStarting = false }
        while underWay < limit, let send = waiting.popFirst() {
            underWay += 1
            if !send() { underWay -= 1 }
        }
    }
}
