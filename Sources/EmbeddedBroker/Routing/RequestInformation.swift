import RESProtocol

import struct NIOCore.ByteBuffer

extension Router {
    /// What the account of a service is told of who asks: a JSON object.
    ///
    /// - Parameter isShared: whether it is told more than the account and the round trip time.
    func requestInformation(from importer: Account, isShared: Bool) -> String {
        var json = ByteBuffer()
        let session = publisher
        let roundTrip = session?.liveness.roundTrip?.nanoseconds ?? 0
        json.writeStaticString("{")
        if isShared, let session {
            json.writeStaticString("\"start\":")
            json.writeJSON(session.startedAt.text)
            json.writeMember("host", session.address)
            json.writeStaticString(",\"id\":")
            json.writeJSON(session.id)
            json.writeStaticString(",")
        }
        json.writeStaticString("\"acc\":")
        json.writeJSON(importer.name)
        if isShared, let session {
            json.writeMember("user", session.user)
            json.writeMember("name", session.options.name)
            json.writeMember("lang", session.options.language)
            json.writeMember("ver", session.options.version)
        }
        if roundTrip > 0 {
            json.writeStaticString(",\"rtt\":")
            json.writeJSON(roundTrip)
        }
        if isShared, let session {
            json.writeMember("server", session.environment.info.serverName)
            json.writeMember("kind", "Client")
            json.writeMember("client_type", session.origin.transport == .webSocket ? "websocket" : "nats")
        }
        json.writeStaticString("}")
        return String(buffer: json)
    }
}

extension ByteBuffer {
    /// Writes a member behind others, unless it is empty.
    fileprivate mutating func writeMember(_ name: StaticString, _ value: String) {
        guard !value.isEmpty else { return }
        writeStaticString(",\"")
        writeStaticString(name)
        writeStaticString("\":")
        writeJSON(value)
    }
}
