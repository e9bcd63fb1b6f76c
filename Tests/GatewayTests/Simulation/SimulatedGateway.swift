import NIOCore
import RESProtocol

@testable import Gateway

/// A gateway on the simulated bus. What services send it arrives in their order, and perhaps later than elsewhere; with the
/// connection it is lost.
final class SimulatedGateway {
    private struct Arrival {
        let arrive: () -> Void
        /// What happens instead when the connection is lost before.
        let lose: () -> Void
    }

    let world: World
    /// Whether what is sent waits until it is delivered.
    private let lags: Bool
    private var inbox: [Arrival] = []
    private(set) var isConnected = true

    init(_ world: World, lags: Bool) {
        self.world = world
        self.lags = lags
    }

    /// Whether anything is under way in either direction.
    var isBusy: Bool { !inbox.isEmpty || !world.services.pending.isEmpty }

    /// An event is sent.
    func send(_ subject: String, _ payload: String) {
        guard isConnected else { return }
        let services = world.services
        let listeners = services.listenerIDs(for: subject)
        add(Arrival(arrive: { services.deliver(subject, payload, to: listeners) }, lose: {}))
    }

    /// A system reset is sent.
    func reset(_ payload: JSONSlice) {
        guard isConnected else { return }
        let cache = world.context.cache
        add(Arrival(arrive: { cache.systemReset(payload) }, lose: {}))
    }

    /// A request is answered.
    func answer(_ subject: String, _ answer: ServiceAnswer) {
        guard let request = world.services.take(subject) else { return }
        guard isConnected else { return request.completion(answer) }
        let lose = { request.completion(.failure(.serviceUnavailable)) }
        add(Arrival(arrive: { request.completion(answer) }, lose: lose))
    }

    private func add(_ arrival: Arrival) {
        inbox.append(arrival)
        if !lags { deliver(.max) }
    }

    /// Delivers some of what waits.
    func deliver(_ most: Int) {
        for _ in 0..<min(most, inbox.count) { inbox.removeFirst().arrive() }
    }

    /// Lets time pass.
    func pass(seconds: UInt64) {
        world.services.now += seconds * 1_000_000_000
        world.context.cache.wake()
    }

    func disconnect() {
        isConnected = false
        let lost = inbox
        inbox = []
        for arrival in lost { arrival.lose() }
        while let request = world.services.pending.first {
            answer(request.subject, .failure(.serviceUnavailable))
        }
        world.context.cache.busDisconnected()
    }

    func reconnect() {
        isConnected = true
        world.context.cache.busReconnected()
    }
}
