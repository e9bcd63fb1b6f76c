package import struct NIOCore.ByteBuffer

/// What a client says of itself in its `CONNECT` line.
package struct ConnectRequest: Hashable, Sendable {
    /// Name under which monitoring shows the connection.
    package var name: String
    /// Version of the client.
    package var version: String
    /// Who it is.
    package var identity: Identity

    /// Proof of who the client is, in the forms of the protocol.
    package enum Identity: Hashable, Sendable {
        case none
        case user(String, password: String)
        case token(String)
        /// A public user key, and the server's nonce signed with it, in base64url.
        case nkey(String, signature: String)
        /// A user JWT, and the server's nonce signed with the key it names.
        case jwt(String, signature: String)
    }

    package init(name: String, version: String, identity: Identity) {
        self.name = name
        self.version = version
        self.identity = identity
    }

    /// Writes the line: not verbose, not pedantic, with echo, headers and no-responders answers, protocol
    /// level 1.
    package func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":false")
        writeMember("name", name, to: &buffer)
        writeMember("lang", "swift", to: &buffer)
        writeMember("version", version, to: &buffer)
        buffer.writeStaticString(",\"protocol\":1,\"echo\":true,\"headers\":true,\"no_responders\":true")
        switch identity {
        case .none: break
        case .user(let user, let password):
            writeMember("user", user, to: &buffer)
            writeMember("pass", password, to: &buffer)
        case .token(let token):
            writeMember("auth_token", token, to: &buffer)
        case .nkey(let key, let signature):
            writeMember("nkey", key, to: &buffer)
            writeMember("sig", signature, to: &buffer)
        case .jwt(let jwt, let signature):
            writeMember("jwt", jwt, to: &buffer)
            writeMember("sig", signature, to: &buffer)
        }
        buffer.writeStaticString("}\r\n")
    }

    private func writeMember(_ name: StaticString, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(",\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        buffer.writeJSON(value)
    }
}
