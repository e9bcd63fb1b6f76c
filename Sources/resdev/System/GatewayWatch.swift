import Gateway

/// Hands what a gateway tells to all who look; the gateway is watched only while somebody does.
final class GatewayWatch: GatewayObserver {
    /// The gateway, once it is there.
    weak var gateway: Gateway? { didSet { update() } }
    private var observers: [any GatewayObserver] = []

    func add(_ observer: any GatewayObserver) {
        observers.append(observer)
        update()
    }

    func remove(_ observer: any GatewayObserver) {
        observers.removeAll { $0 === observer }
        update()
    }

    private func update() {
        gateway?.observe(observers.count > 1 ? self : observers.first)
    }

    func requestBegan(_ request: ClientExchange) { for one in observers { one.requestBegan(request) } }

    func requestDispatched() { for one in observers { one.requestDispatched() } }

    func requestEnded(_ answer: ClientExchange.Answer) { for one in observers { one.requestEnded(answer) } }

    func eventDelivered(resource: String, event: String, clients: Int) {
        for one in observers { one.eventDelivered(resource: resource, event: event, clients: clients) }
    }
}
