import Glibc
import NIOCore
import Testing

@testable import EmbeddedBroker

/// Many clients, whose bytes come in any pieces, who stop reading, go away, and come back: each gets what it must get, in
/// order, and nothing else.
///
/// `SIMULATION_SEED` tries one seed alone, `SIMULATION_SEEDS` as many, and `SIMULATION_STEPS` has each go on for longer.
@Suite("broker simulation")
struct BrokerSimulationTests {
    static let seeds = number("SIMULATION_SEED").map { $0...$0 } ?? 1...(number("SIMULATION_SEEDS") ?? 6)
    static let steps = number("SIMULATION_STEPS") ?? 2_000

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }

    @Test("every client is sent what a plain model says")
    func deliveries() throws {
        var counts = BrokerSimulation.Counts()
        for seed in BrokerSimulationTests.seeds {
            let simulation = try BrokerSimulation(seed: UInt64(seed))
            #expect(simulation.run(steps: BrokerSimulationTests.steps) == nil)
            counts.add(simulation.counts)
        }
        #expect(counts.isComplete, "\(counts)")
    }

    @Test("members of a group share evenly, also by different patterns", arguments: [2, 3, 5])
    func spread(members: Int) {
        let harness = SessionHarness(seed: UInt64(members))
        let patterns = ["job.a", "job.*", "job.>", ">", "*.a"]
        let clients = patterns.prefix(members).map { pattern in
            let client = harness.client()
            client.send("SUB \(pattern) workers 1\r\n")
            return client
        }
        let sender = harness.client()
        for _ in 0..<30 { sender.send(String(repeating: "PUB job.a 0\r\n\r\n", count: 100)) }
        let shares = clients.map { $0.take().split(separator: "MSG").count }
        #expect(shares.reduce(0, +) == 3_000)
        let even = 3_000 / members
        #expect(shares.allSatisfy { abs($0 - even) < even / 4 }, "\(shares)")
    }
}
