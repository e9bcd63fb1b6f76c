import Glibc
import NIOCore
import RESProtocol
import Testing

@testable import Gateway

/// Clients, a service and faults, in an order that follows from a seed. When the dust has settled, every client holds what
/// the service holds, and no message on the way was out of place.
@Suite("Simulation")
struct SimulationTests {
    /// The seeds that are tried: `SIMULATION_SEED` alone, or the first `SIMULATION_SEEDS`, or a few.
    static let seeds = number("SIMULATION_SEED").map { $0...$0 } ?? 1...(number("SIMULATION_SEEDS") ?? 12)

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }

    @Test(
        "clients hold what the service holds, whatever the order of events",
        arguments: SimulationTests.seeds
    )
    func calm(seed: Int) throws {
        let run = try SimulationRun(seed: UInt64(seed), faults: false)
        #expect(run.complaint == nil)
    }

    @Test(
        "timeouts, denials, resets, reconnects and lost connections do not change that",
        arguments: SimulationTests.seeds
    )
    func faults(seed: Int) throws {
        let run = try SimulationRun(seed: UInt64(seed), faults: true)
        #expect(run.complaint == nil)
    }
}

private struct SimulationRun {
    /// The first thing that did not fit; nil when everything did.
    private(set) var complaint: String?

    private let gateways: [SimulatedGateway]
    private let service: SimulatedService
    private var clients: [SimulatedClient] = []
    private var generator: SplitMix
    private let faults: Bool

    init(seed: UInt64, faults: Bool) throws {
        self.faults = faults
        generator = SplitMix(state: seed &* 7919)
        // Every other seed fetches what a reset names a few at a time, others follow few references at a time, and every
        // third has two gateways, to which what the service sends comes at different times.
        let count = seed % 3 == 0 ? 2 : 1
        gateways = (0..<count).map { _ in
            let world = World(
                resetThrottle: seed % 2 == 0 ? 2 : nil,
                referenceThrottle: seed % 4 > 1 ? 2 : nil
            )
            return SimulatedGateway(world, lags: count > 1)
        }
        service = SimulatedService(gateways: gateways, seed: seed)
        for gateway in gateways {
            for version in ["1.2.3", nil, "1.2.0", "1.2.1"] {
                clients.append(SimulatedClient(gateway.world, version: version))
            }
        }
        for step in 0..<400 * count {
            try act()
            for client in clients { client.readMessages() }
            if let found = clients.lazy.compactMap(\.complaints.first).first {
                complaint = "seed \(seed), step \(step): \(found)"
                return
            }
        }
        try settle()
        for client in clients { client.compare(with: service) }
        complaint = clients.lazy.compactMap(\.complaints.first).first.map { "seed \(seed), end: \($0)" }
        if complaint == nil { try closeAll(seed) }
    }

    private mutating func act() throws {
        let rid =
            Int.random(in: 0..<8, using: &generator) == 0
            ? "list?\(Bool.random(using: &generator) ? "x=2" : "2")"
            : SimulatedService.names.randomElement(using: &generator) ?? "r0"
        let client = clients[Int.random(in: 0..<clients.count, using: &generator)]
        let gateway = gateways[Int.random(in: 0..<gateways.count, using: &generator)]
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<12: client.subscribe(rid)
        case 12..<18: client.unsubscribe(using: &generator)
        case 18..<22: client.get(rid)
        case 22..<26: client.call(rid)
        case 26..<50: service.change()
        case 50..<92:
            service.answerOne(of: gateway, faults: faults)
            gateway.deliver(Int.random(in: 0...3, using: &generator))
        default:
            if faults { try fault(rid, gateway) }
        }
    }

    private mutating func fault(_ rid: String, _ gateway: SimulatedGateway) throws {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: service.emit("event.\(rid).reaccess")
        case 1: service.reset(try json(#"{"resources":[">"]}"#))
        case 2: service.reset(try json(#"{"resources":["*"],"access":["r1","r2"]}"#))
        case 3:
            let index = Int.random(in: 0..<clients.count, using: &generator)
            clients[index].client.session?.close()
            let world = gateways[index * gateways.count / clients.count].world
            clients[index] = SimulatedClient(world, version: clients[index].version)
        case 4: gateway.pass(seconds: 3)
        case 5:
            for _ in 0..<3 { service.changeSilently() }
            service.reset(try json(#"{"resources":[">"]}"#))
        case 6:
            let index = Int.random(in: 0..<clients.count, using: &generator)
            clients[index].client.session?.setToken(try json("{\"n\":\(index)}"), id: "t\(index)")
        default: gateway.isConnected ? gateway.disconnect() : gateway.reconnect()
        }
    }

    /// Lets everything come to rest, without further faults.
    private func settle() throws {
        for gateway in gateways where !gateway.isConnected { gateway.reconnect() }
        // Without an answer a service is out of date until it says so.
        if faults { service.reset(try json(#"{"resources":[">"]}"#)) }
        for gateway in gateways {
            for _ in 0..<3 {
                var answers = 0
                while gateway.isBusy, answers < 100_000 {
                    service.answerOne(of: gateway, faults: false)
                    gateway.deliver(.max)
                    answers += 1
                }
                gateway.pass(seconds: 3)
            }
        }
        for client in clients { client.readMessages() }
    }

    /// When all have gone, nothing is left.
    private mutating func closeAll(_ seed: UInt64) throws {
        for client in clients {
            if client.hasRequests { complaint = "seed \(seed): requests without an answer" }
            client.client.session?.close()
        }
        for gateway in gateways {
            gateway.pass(seconds: 6)
            let cache = gateway.world.context.cache
            if cache.count > 0 { complaint = "seed \(seed): \(gateway.world.services.listening) is left" }
        }
    }
}
