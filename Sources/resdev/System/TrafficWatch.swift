import EmbeddedBroker

/// Hands the broker's messages to the resources that look at them; the broker is watched only while one does.
final class TrafficWatch: TrafficObserver {
    private let broker: EmbeddedBroker?

    /// Counts each message.
    var subjects: ((ObservedPublish) -> Void)? { didSet { update() } }
    /// Shows what clients publish.
    var exchanges: ((ObservedPublish) -> Void)? { didSet { update() } }

    init(_ broker: EmbeddedBroker?) { self.broker = broker }

    private func update() { broker?.observe(subjects == nil && exchanges == nil ? nil : self) }

    func published(_ publish: ObservedPublish) {
        subjects?(publish)
        exchanges?(publish)
    }
}
