import RESProtocol

import struct NIOCore.ByteBuffer

/// What the broker says of itself in INFO (NATS client protocol, INFO).
struct ServerInfo: Equatable {
    /// The version whose behaviour the broker has. Clients decide by it what they may use.
    static let version = "2.15.1"

    /// A public nkey of kind server, `N` and 55 more characters.
    var serverID: String
    var serverName: String
    var host: String
    var port: Int
    var maximumPayload: Int
    /// Whether messages may have headers.
    var allowsHeaders = true
    /// Whether a client must present credentials.
    var requiresAuthentication = false
    /// Whether a client must speak TLS after INFO.
    var requiresTLS = false
    /// Whether a client must have a certificate.
    var verifiesTLS = false
    /// Whether a client may speak TLS after INFO.
    var offersTLS = false
    /// Whether the broker is going down, so that clients should go elsewhere.
    var isLameDuck = false

    /// One line of INFO for one client.
    ///
    /// - Parameters:
    ///   - nonce: what the client is to sign; empty for nothing.
    ///   - account: the client's account, in the second INFO it gets; nil in the first.
    ///   - isSystemAccount: whether that is the system account.
    func line(
        clientID: UInt64,
        clientAddress: String,
        nonce: String = "",
        account: String? = nil,
        isSystemAccount: Bool = false
    ) -> ByteBuffer {
        var line = ByteBuffer()
        line.writeStaticString("INFO {")
        line.writeMember("server_id", serverID, isFirst: true)
        line.writeMember("server_name", serverName)
        line.writeMember("version", ServerInfo.version)
        line.writeMember("proto", 1)
        line.writeMember("go", "swift")
        line.writeMember("host", host)
        line.writeMember("port", port)
        line.writeMember("headers", allowsHeaders)
        if requiresAuthentication { line.writeMember("auth_required", true) }
        if requiresTLS { line.writeMember("tls_required", true) }
        if verifiesTLS { line.writeMember("tls_verify", true) }
        if offersTLS { line.writeMember("tls_available", true) }
        line.writeMember("max_payload", maximumPayload)
        line.writeMember("client_id", Int(clamping: clientID))
        if !clientAddress.isEmpty { line.writeMember("client_ip", clientAddress) }
        if !nonce.isEmpty { line.writeMember("nonce", nonce) }
        if isLameDuck { line.writeMember("ldm", true) }
        if let account {
            line.writeMember("connect_info", true)
            line.writeMember("remote_account", account)
            if isSystemAccount { line.writeMember("acc_is_sys", true) }
        }
        // The blank before the line's end is part of the protocol as it is spoken.
        line.writeStaticString("} \r\n")
        return line
    }
}

extension ByteBuffer {
    fileprivate mutating func writeMember(_ name: StaticString, _ value: String, isFirst: Bool = false) {
        writeName(name, isFirst: isFirst)
        writeJSON(value)
    }

    fileprivate mutating func writeMember(_ name: StaticString, _ value: Int) {
        writeName(name, isFirst: false)
        writeJSON(value)
    }

    fileprivate mutating func writeMember(_ name: StaticString, _ value: Bool) {
        writeName(name, isFirst: false)
        writeJSON(value)
    }

    private mutating func writeName(_ name: StaticString, isFirst: Bool) {
        writeStaticString(isFirst ? "\"" : ",\"")
        writeStaticString(name)
        writeStaticString("\":")
    }
}
