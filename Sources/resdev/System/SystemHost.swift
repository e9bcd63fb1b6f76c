import EmbeddedBroker
import Gateway
import Logging
import NIOCore
import RESProtocol
import Store

/// Puts together what serves `$sys`: its own bus, its resources, the gateway's bus between the two, and chaos.
final class SystemHost {
    /// The bus that the gateway is to use.
    let gatewayBus: GatewayBus

    private let plan: ServerPlan
    private let sources: SystemSources
    private let privateBroker: EmbeddedBroker
    private let service: SystemService
    private let chaos: ChaosResource
    private let gate: ChaosGate
    private let statics: StaticFiles?
    /// The recording that the command line asks for.
    private let recording: TrafficRecording?

    /// Bytes that one message of `$sys` may have: results of SQL are large.
    private static let maximumPayload = 32 << 20

    /// - Parameters:
    ///   - bus: the one that services join.
    ///   - requestTimeout: how long the gateway waits for services.
    /// - Throws: what is wrong with the folder of files.
    init(
        _ plan: ServerPlan,
        broker: EmbeddedBroker?,
        stores: [Store],
        bus: any MessageBus,
        busAddress: String?,
        requestTimeout: TimeAmount,
        logger: Logger
    ) throws(StartFailure) {
        self.plan = plan
        statics = try plan.staticFolder.map { folder throws(StartFailure) in try StaticFiles(folder) }
        var configuration = BrokerConfiguration()
        configuration.port = nil
        configuration.limits.maximumPayload = SystemHost.maximumPayload
        let privateBroker = EmbeddedBroker(
            configuration: configuration,
            eventLoop: bus.eventLoop,
            logger: logger
        )
        self.privateBroker = privateBroker
        let gatewayBus = GatewayBus(outer: bus, inner: privateBroker.makeBus(label: "gateway"))
        self.gatewayBus = gatewayBus
        let sources = SystemSources(
            broker: broker,
            stores: stores,
            gatewayBus: gatewayBus,
            bus: bus,
            busAddress: busAddress
        )
        self.sources = sources
        recording = try plan.recording.map { path throws(StartFailure) in
            let file = try RecordingFile(path: path)
            return TrafficRecording(sources) { file.append($0) }
        }
        let events = privateBroker.makeBus(label: SystemService.root)
        let publish: ([SystemEvent]) -> Void = { list in
            for event in list { events.publish(event.subject, payload: event.payload) }
        }
        gate = ChaosGate(
            ChaosPlan(plan.chaos.rules, seed: plan.chaos.seed ?? UInt64.random(in: 0...UInt64(UInt32.max))),
            eventLoop: bus.eventLoop,
            requestTimeout: requestTimeout
        )
        chaos = ChaosResource(
            gate,
            bus: gatewayBus,
            allowsRequestedDelay: !stores.isEmpty,
            publish: publish
        )
        let traffic = TrafficWatch(broker)
        var resources: [any SystemResource] = []
        if plan.console != .off {
            resources = [
                OverviewResource(sources, chaos: chaos),
                ConnectionsResource(sources, chaos: chaos, publish: publish),
                SubjectsResource(sources, traffic: traffic), ExchangesResource(sources, traffic: traffic),
                chaos,
            ]
            resources.append(RecordingResource(sources))
            resources += stores.map { DatabaseResource($0, publish: publish) }
        }
        if let statics { resources.append(StaticResource(statics, logger: logger)) }
        service = SystemService(bus: events, interest: privateBroker, resources: resources)
    }

    /// Adds pages and the guard of `$sys` to the gateway's configuration.
    func configure(_ configuration: inout GatewayConfiguration) {
        configuration.guarded = GuardedResources(
            root: SystemService.root,
            reach: plan.console == .open ? .open : .local
        )
        let hasConsole = plan.console != .off && !sources.stores.isEmpty
        let console =
            hasConsole
            ? ConsolePages(
                databases: sources.stores.map(\.serviceName),
                nats: sources.busAddress,
                hasApp: statics != nil
            ) : nil
        let statics = statics
        configuration.pages = { path in console?.response(at: path) ?? statics?.response(at: path) }
    }

    /// Serves for this gateway from now on.
    func start(_ gateway: Gateway) {
        sources.gateway = gateway
        gate.gateway = gateway
        chaos.install()
        recording?.begin()
        service.start()
    }

    /// Gives the requests of all clients the next latency that a key has; gives it for people.
    func cycleLatency() -> String { chaos.cycleLatency() }

    /// Cuts the WebSockets of all clients but those that look at the server itself; gives their number.
    func dropSockets() -> Int {
        guard let gateway = sources.gateway else { return 0 }
        return gateway.clientIDs.count { id in
            !gateway.follows(id, SystemService.root) && gateway.disconnect(id)
        }
    }

    /// Ends everything that belongs to it.
    func stop() {
        service.stop()
        recording?.end()
        gate.replace([], seed: nil)
        chaos.install()
        sources.gateway = nil
    }
}

extension EmbeddedBroker: SystemInterest {}
