import NIOCore
import RESProtocol

import struct NIOCore.ByteBuffer

/// Does to the gateway's questions to services what a plan says: sends them late, answers them with an error in the
/// service's place, or keeps them back until the gateway's time is up.
final class ServiceInterference {
    private let gate: ChaosGate

    init(_ gate: ChaosGate) { self.gate = gate }

    /// Publishes a message of the gateway, unless it is to be lost.
    func publish(_ message: Message, on bus: any MessageBus) -> Bool {
        guard let reply = message.reply,
            let (method, name) = ServiceInterference.request(message.subject.text)
        else {
            return bus.publish(message)
        }
        let fate = gate.serviceFate(name, method: method)
        switch fate.end {
        // A service has no connection of its own to lose: its question is lost.
        case .timeout, .drop: return true
        case .refuse: send(Message(subject: reply, payload: ServiceInterference.refusal), fate.delay, on: bus)
        case .serve: send(message, fate.delay, on: bus)
        }
        return true
    }

    private func send(_ message: Message, _ delay: Int, on bus: any MessageBus) {
        guard delay > 0 else {
            bus.publish(message)
            return
        }
        bus.eventLoop.assumeIsolated().scheduleTask(in: .microseconds(Int64(delay))) { () -> Void in
            bus.publish(message)
        }
    }

    private static let refusal: ByteBuffer = {
        var payload = ByteBuffer()
        ServiceResponse(.error(ChaosGate.error)).encode(into: &payload)
        return payload
    }()

    /// The method and the resource name of a request's subject; nil for what is none.
    static func request(_ subject: String) -> (method: String, name: String)? {
        guard let dot = subject.firstIndex(of: ".") else { return nil }
        let kind = subject[..<dot]
        let rest = subject[subject.index(after: dot)...]
        switch kind {
        case "get", "access": return (String(kind), String(rest))
        case "call", "auth":
            guard let last = rest.lastIndex(of: ".") else { return nil }
            return ("\(kind) \(rest[rest.index(after: last)...])", String(rest[..<last]))
        default: return nil
        }
    }
}
