/// Who publishes, and can be made to wait for a receiver.
protocol StallingPublisher: AnyObject {
    /// The receiver has caught up.
    func resume()
}

/// Who subscriptions deliver to: a connection, or a bus client in this process.
class Receiver {
    /// The subject space it publishes and subscribes in.
    final var account: Account
    /// Publishers who do not read on until this receiver has caught up.
    private var waiting = ContiguousArray<any StallingPublisher>()

    init(account: Account) {
        self.account = account
    }

    /// Whether messages it publishes itself are delivered to it.
    var wantsEcho: Bool { true }

    /// Whether so much waits to be taken that those who publish to it should slow down.
    var isUnderPressure: Bool { false }

    /// When its transport last took all that it had been handed; nil when there is no transport.
    var lastTaken: Moment? { nil }

    /// Takes a message for one of its subscriptions.
    ///
    /// - Returns: whether it did; not, for example, when it is closing.
    func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool { false }

    /// Takes a subscription out of its own table after the router has ended it.
    func forget(_ subscription: Subscription) {}

    /// Has a publisher resumed once this receiver has caught up.
    final func addWaiting(_ publisher: any StallingPublisher) { waiting.append(publisher) }

    /// Lets those who waited read on, if it has caught up.
    final func resumeWaiting() {
        guard !waiting.isEmpty, !isUnderPressure else { return }
        let released = waiting
        waiting = []
        for publisher in released { publisher.resume() }
    }
}
