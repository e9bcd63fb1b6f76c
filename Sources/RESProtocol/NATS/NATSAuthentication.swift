/// Who a client is to a NATS server.
package enum NATSAuthentication: Hashable, Sendable {
    case none
    case user(String, password: String)
    case token(String)
    /// A key whose public half the server knows.
    case nkey(NKeySeed)
    /// A user JWT with its key.
    case credentials(NATSCredentials)
    /// A `.creds` file, read again for every connection, so that it may be replaced.
    case credentialsFile(path: String)

    /// Makes the proof for a connection.
    ///
    /// - Parameter nonce: what the server asks to be signed, if it does.
    package func identity(
        at server: ServerAddress,
        nonce: String?
    ) throws(NATSError) -> ConnectRequest.Identity {
        if let user = server.user {
            return server.password.map { .user(user, password: $0) } ?? .token(user)
        }
        switch self {
        case .none: return .none
        case .user(let user, let password): return .user(user, password: password)
        case .token(let token): return .token(token)
        case .nkey(let seed):
            return .nkey(seed.publicKey.text, signature: try sign(nonce, with: seed, at: server))
        case .credentials(let credentials):
            return .jwt(credentials.jwt, signature: try sign(nonce, with: credentials.seed, at: server))
        case .credentialsFile(let path):
            let credentials = try NATSCredentials(path: path)
            return .jwt(credentials.jwt, signature: try sign(nonce, with: credentials.seed, at: server))
        }
    }

    private func sign(
        _ nonce: String?,
        with seed: NKeySeed,
        at server: ServerAddress
    ) throws(NATSError) -> String {
        guard let nonce else {
            throw NATSError(
                .authorization,
                "\(server) does not ask for a key, so it does not know any; configure nkeys or an operator there, or connect without"
            )
        }
        return Base64.encodeForURL(seed.sign(Array(nonce.utf8)))
    }
}
