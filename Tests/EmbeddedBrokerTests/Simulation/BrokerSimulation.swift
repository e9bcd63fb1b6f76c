import NIOCore

@testable import EmbeddedBroker

/// Clients of a broker who do what follows from a seed, each with a transport of its own or within the process.
///
/// From time to time everybody takes everything, and a model says whether that is what had to come.
final class BrokerSimulation {
    /// How many steps there are between two comparisons.
    static let roundLength = 200

    private let seed: UInt64
    private let harness: SessionHarness
    private let accounts: Int
    private var generator: SplitMix
    private var peers: [any SimulatedPeer] = []
    private var model = DeliveryModel()
    private var events: [SimulatedEvent] = []
    private var items: [Int: [DeliveredItem]] = [:]
    private var messages: [Int: SimulatedMessage] = [:]
    private var lastMessage = 0
    private var lastPeer = 0
    private var step = 0
    private var isFlushWanted = false
    private var complaint: String?

    /// How often something happened, so that a test sees that everything does.
    private(set) var counts = Counts()

    struct Counts {
        var messages = 0
        var deliveries = 0
        var statuses = 0
        var errors = 0
        var cuts = 0
        var stalls = 0
        var disconnects = 0

        /// Whether everything that is to happen has happened.
        var isComplete: Bool {
            deliveries > messages && ![statuses, errors, cuts, stalls, disconnects].contains(0)
        }

        mutating func add(_ other: Counts) {
            messages += other.messages
            deliveries += other.deliveries
            statuses += other.statuses
            errors += other.errors
            cuts += other.cuts
            stalls += other.stalls
            disconnects += other.disconnects
        }
    }

    /// - Parameter seed: a multiple of two has accounts, a multiple of three a broker that flushes within a turn.
    init(seed: UInt64) throws {
        self.seed = seed
        generator = SplitMix(seed: seed)
        accounts = seed % 2 == 0 ? 2 : 1
        let users = (0..<accounts).map {
            "A\($0) { users: [{user: u\($0), password: p}] }"
        }.joined(separator: "\n")
        let text = accounts > 1 ? "accounts { \(users) }\nmax_pending: 12KB" : "max_pending: 12KB"
        harness = try SessionHarness(text, gatherLimit: seed % 3 == 0 ? 600 : 1 << 20)
        harness.router.wake = { [unowned self] in isFlushWanted = true }
        for slot in 0..<8 { peers.append(slot < 6 ? newSession() : newLocal()) }
    }

    /// Goes on for some steps.
    ///
    /// - Returns: what does not fit; nil when everything does.
    func run(steps: Int) -> String? {
        let end = step + steps
        while step < end, complaint == nil {
            step += 1
            act()
            flushIfWanted()
            noteEnded()
            checkBounds()
            if step % BrokerSimulation.roundLength == 0 || step == end { compare() }
        }
        return complaint.map { "seed \(seed), step \(step): \($0)" }
    }

    // MARK: Peers

    private func newSession() -> SessionPeer {
        lastPeer += 1
        var traits = SimulatedTraits(account: Int.random(in: 0..<accounts, using: &generator))
        traits.verbose = Int.random(in: 0..<4, using: &generator) == 0
        traits.pedantic = Bool.random(using: &generator)
        traits.echo = Int.random(in: 0..<3, using: &generator) > 0
        traits.headers = Int.random(in: 0..<4, using: &generator) > 0
        traits.noResponders = traits.headers && Bool.random(using: &generator)
        return SessionPeer(id: lastPeer, traits: traits, environment: harness.environment)
    }

    private func newLocal() -> LocalPeer {
        lastPeer += 1
        let number = Int.random(in: 0..<accounts, using: &generator)
        let account =
            accounts > 1 ? harness.router.account(named: "A\(number)") : harness.router.globalAccount
        let peer = LocalPeer(id: lastPeer, account: account, number: number, router: harness.router)
        events.append(.joined(peer.id, peer.traits))
        return peer
    }

    // MARK: Steps

    private func act() {
        let slot = Int.random(in: 0..<peers.count, using: &generator)
        let peer = peers[slot]
        let session = peer as? SessionPeer
        session?.now = Moment(nanoseconds: Int64(step) * 1_000_000)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<40:
            for _ in 0..<Int.random(in: 1...4, using: &generator) { add(to: peer) }
        case 40..<84: events += peer.send(using: &generator)
        case 84..<86 where session != nil && !peer.isBlocked:
            session?.block()
            events.append(.blocked(peer.id))
        case 86..<90: session?.takeInFlight(Int.random(in: 1...4_000, using: &generator))
        case 90..<93 where peer.isBlocked: unblock(session)
        case 93..<95: session?.resumeReading()
        case 95..<98: (peer as? LocalPeer)?.drain(Int.random(in: 1...5, using: &generator))
        case 98 where session != nil && Int.random(in: 0..<4, using: &generator) == 0:
            counts.disconnects += 1
            replace(slot)
        default: break
        }
    }

    private func add(to peer: any SimulatedPeer) {
        lastMessage += 1
        let operation = SimulatedOperation.random(
            id: lastMessage,
            client: peer.id,
            traits: peer.traits,
            choices: SimulatedOperation.Choices(),
            using: &generator
        )
        if case .publish(let message) = operation {
            messages[message.id] = message
            counts.messages += 1
        }
        peer.add(operation, using: &generator)
    }

    private func unblock(_ peer: SessionPeer?) {
        guard let peer else { return }
        peer.unblock()
        events.append(.unblocked(peer.id))
    }

    private func flushIfWanted() {
        guard isFlushWanted else { return }
        isFlushWanted = false
        harness.router.flush()
    }

    /// Clients whom the broker cut off are followed by others.
    private func noteEnded() {
        for (slot, peer) in peers.enumerated() where peer.isEnded {
            let reason = (peer as? SessionPeer)?.session.closeReason
            if !peer.isBlocked || reason != .slowConsumerPendingBytes {
                complaint = complaint ?? "client \(peer.id) was ended: \(reason?.rawValue ?? "")"
            }
            counts.cuts += 1
            replace(slot)
        }
    }

    private func replace(_ slot: Int) {
        guard let peer = peers[slot] as? SessionPeer else { return }
        peer.disconnect()
        events.append(.left(peer.id))
        collect(peer)
        peers[slot] = newSession()
    }

    private func checkBounds() {
        for case let peer as SessionPeer in peers {
            let pending = peer.session.outbox.pendingBytes
            if pending > harness.environment.limits.pending {
                complaint = complaint ?? "\(pending) bytes wait for client \(peer.id)"
            }
            if peer.isStalled { counts.stalls += 1 }
        }
    }

    // MARK: Comparing

    private func collect(_ peer: any SimulatedPeer) {
        let taken = peer.take { messages[$0] }
        items[peer.id, default: []] += taken
        counts.deliveries += taken.count
        for item in taken {
            switch item {
            case .noResponders: counts.statuses += 1
            case .error: counts.errors += 1
            default: break
            }
        }
    }

    private func compare() {
        for peer in peers where peer.isBlocked { unblock(peer as? SessionPeer) }
        flushIfWanted()
        for peer in peers { collect(peer) }
        for peer in peers {
            if peer.isStalled { complaint = complaint ?? "client \(peer.id) waits for nobody" }
            if let session = peer as? SessionPeer, !session.isIdle {
                complaint = complaint ?? "something is left for client \(peer.id)"
            }
        }
        complaint = complaint ?? model.replay(events, items)
        let count = harness.router.subscriptionCount
        if count != model.subscriptionCount {
            complaint = complaint ?? "\(count) subscriptions instead of \(model.subscriptionCount)"
        }
        events = []
        items = [:]
        messages = messages.filter { $0.key > lastMessage - 2_000 }
    }
}
