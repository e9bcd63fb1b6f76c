import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// Logs every message, between gateway and clients and between gateway and services, with the marks that Resgate's
/// trace has. There is one only where somebody wants to read that.
///
/// | mark | |
/// |---|---|
/// | `[cid] -->` | a client's request |
/// | `[cid] <--`, `[cid] <<-` | an answer, an event to a client |
/// | `<== (id)`, `==> (id)`, `x=> (id)` | a request to a service, its answer, that there is none |
/// | `=>>` | an event of a service |
/// | `S=>`, `U=>` | a subscription, and its end |
final class MessageTracer {
    private let logger: Logger
    private var requests: UInt32 = 0

    /// Nil where the logger drops what is traced.
    init?(_ logger: Logger) {
        guard logger.logLevel <= .trace else { return nil }
        self.logger = logger
    }

    // MARK: Clients

    func connected(_ connection: String, from address: String) {
        trace("[\(connection)] Connected: \(address)")
    }

    func disconnected(_ connection: String) {
        trace("[\(connection)] Disconnected")
    }

    func received(_ message: ByteBuffer, from connection: String) {
        trace("[\(connection)] --> \(String(buffer: message))")
    }

    /// A message to a client, which is an event or an answer.
    func sent(_ message: ByteBuffer, to connection: String) {
        let text = String(buffer: message)
        trace("[\(connection)] \(text.hasPrefix("{\"event\":") ? "<<-" : "<--") \(text)")
    }

    // MARK: Services

    /// - Returns: what the request is called in what follows.
    func requested(_ subject: String, _ payload: ByteBuffer) -> String {
        requests &+= 1
        let digits = String(requests, radix: 36)
        let id = String(repeating: "0", count: max(6 - digits.utf8.count, 0)) + digits
        trace("<== (\(id)) \(subject): \(String(buffer: payload))")
        return id
    }

    func answered(_ id: String, _ answer: ServiceAnswer) {
        switch answer {
        case .payload(let payload): trace("==> (\(id)): \(String(buffer: payload))")
        case .failure(let error): trace("x=> (\(id)) \(error.message)")
        }
    }

    func event(_ subject: String, _ payload: ByteBuffer) {
        trace("=>> \(subject): \(String(buffer: payload))")
    }

    func subscribed(_ pattern: String) { trace("S=> \(pattern)") }

    func unsubscribed(_ pattern: String) { trace("U=> \(pattern)") }

    private func trace(_ text: String) {
        logger.trace("\(text)")
    }
}
