import Logging
import NIOCore
import NIOPosix
import Testing

@testable import EmbeddedBroker

/// The same over sockets, in short: one client acts at a time, and waits until the broker has acted on what it sent.
@Suite("broker simulation over sockets", .serialized)
struct SocketSimulationTests {
    @Test("every client is sent what a plain model says", arguments: [1, 2])
    func deliveries(seed: Int) async throws {
        var configuration = BrokerConfiguration()
        configuration.port = 0
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let broker = EmbeddedBroker(
            configuration: configuration,
            eventLoop: group.next(),
            logger: Logger(label: "test")
        )
        try await broker.start().get()
        do {
            let simulation = SocketSimulation(broker, seed: UInt64(seed))
            let complaint = try await simulation.run(steps: 300)
            #expect(complaint == nil)
        } catch {
            Issue.record(error)
        }
        try await broker.stop().get()
        try await group.shutdownGracefully()
    }
}

private final class SocketSimulation {
    private struct Peer {
        let id: Int
        let traits: SimulatedTraits
        let socket: SocketClient
        var reader: DeliveryReader
    }

    private let broker: EmbeddedBroker
    private let seed: UInt64
    private var generator: SplitMix
    private var peers: [Peer] = []
    private var model = DeliveryModel()
    private var events: [SimulatedEvent] = []
    private var items: [Int: [DeliveredItem]] = [:]
    private var messages: [Int: SimulatedMessage] = [:]
    private var lastID = 0

    init(_ broker: EmbeddedBroker, seed: UInt64) {
        self.broker = broker
        self.seed = seed
        generator = SplitMix(seed: seed)
    }

    func run(steps: Int) async throws -> String? {
        for _ in 0..<6 { try peers.append(connect()) }
        for step in 1...steps {
            let slot = Int.random(in: 0..<peers.count, using: &generator)
            if Int.random(in: 0..<25, using: &generator) == 0 {
                try await replace(slot)
            } else {
                try act(slot)
            }
            guard step % 50 == 0 || step == steps else { continue }
            for slot in peers.indices { try finish("", slot) }
            if let complaint = model.replay(events, items) {
                return "seed \(seed), step \(step): \(complaint)"
            }
            (events, items) = ([], [:])
        }
        return nil
    }

    private func connect() throws -> Peer {
        lastID += 1
        var traits = SimulatedTraits()
        traits.verbose = lastID % 4 == 0
        traits.pedantic = lastID % 2 == 0
        traits.echo = lastID % 3 > 0
        let socket = try SocketClient(broker.address)
        _ = try socket.read(until: "} \r\n")
        socket.send(traits.connect + "PING\r\n")
        let text = try socket.read(until: "PONG\r\n", or: "PONG\r\nPING\r\n")
        events += [.joined(lastID, traits), .performed(lastID, .ping)]
        var reader = DeliveryReader(takesHeaders: true)
        items[lastID] = reader.read(Array(text.utf8)) { messages[$0] }
        return Peer(id: lastID, traits: traits, socket: socket, reader: reader)
    }

    private func act(_ slot: Int) throws {
        let peer = peers[slot]
        var text = ""
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            lastID += 1
            let operation = SimulatedOperation.random(
                id: lastID,
                client: peer.id,
                traits: peer.traits,
                choices: SimulatedOperation.Choices(),
                using: &generator
            )
            if case .publish(let message) = operation { messages[message.id] = message }
            text += operation.encode(for: peer.traits, using: &generator)
            events.append(.performed(peer.id, operation))
        }
        try finish(text, slot)
    }

    /// Sends in pieces, and reads until the broker has acted on all of it.
    private func finish(_ text: String, _ slot: Int) throws {
        let peer = peers[slot]
        var rest = Array("\(text)PING\r\n".utf8)[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...rest.count, using: &generator)
            peer.socket.send(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        events.append(.performed(peer.id, .ping))
        // What was sent may have asked for a PONG of its own.
        var pongs =
            events.count { $0.asksForPong(of: peer.id) } - (items[peer.id] ?? []).count { $0 == .pong }
        while pongs > 0 {
            let received = try peer.socket.read(until: "PONG\r\n", or: "PONG\r\nPING\r\n")
            let new = peers[slot].reader.read(Array(received.utf8)) { messages[$0] }
            pongs -= new.count { $0 == .pong }
            items[peer.id, default: []] += new
        }
    }

    private func replace(_ slot: Int) async throws {
        try finish("", slot)
        events.append(.left(peers[slot].id))
        peers.remove(at: slot)
        while await broker.connectionCount > peers.count {}
        try peers.append(connect())
    }
}

extension SimulatedEvent {
    fileprivate func asksForPong(of client: Int) -> Bool {
        if case .performed(client, .ping) = self { true } else { false }
    }
}
