import EmbeddedBroker
import Gateway
import NIOCore
import RESProtocol
import Store

/// What the resources below `$sys` are made from: the roles of this process, as far as they run here.
final class SystemSources {
    let broker: EmbeddedBroker?
    /// Set once it is there; no request for `$sys` comes before.
    var gateway: Gateway? { didSet { watch.gateway = gateway } }
    /// Through which the gateway is watched.
    let watch = GatewayWatch()
    let stores: [Store]
    let gatewayBus: GatewayBus
    /// The bus that services join.
    let bus: any MessageBus
    /// What the bus is called in front of people, as `nats://127.0.0.1:4222`.
    let busAddress: String?
    let eventLoop: any EventLoop
    private let started = NIODeadline.now()

    init(
        broker: EmbeddedBroker?,
        stores: [Store],
        gatewayBus: GatewayBus,
        bus: any MessageBus,
        busAddress: String?
    ) {
        self.broker = broker
        self.stores = stores
        self.gatewayBus = gatewayBus
        self.bus = bus
        self.busAddress = busAddress
        eventLoop = bus.eventLoop
    }

    /// Seconds since the start.
    var uptime: Int { Int((NIODeadline.now() - started).nanoseconds / 1_000_000_000) }
}
