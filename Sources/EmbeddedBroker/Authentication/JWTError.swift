/// Why a JWT is not accepted. The text is for the broker's log: a client is told no more than that it is refused.
package enum JWTError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not three parts of base 64 with JSON objects in them, or larger than is read.
    case malformed(String)
    /// Not signed by its issuer.
    case wrongSignature
    /// Another kind of JWT than is wanted here.
    case wrongKind(expected: JWT.Kind, found: String)
    /// Its time has passed, or has not begun.
    case expired
    case notYetValid
    /// Signed by a key that nobody here trusts.
    case untrustedIssuer(String)
    /// The account is not known.
    case unknownAccount(String)
    /// Taken back by its account.
    case revoked
    /// The account does not allow users without a key.
    case bearerNotAllowed
    /// The nonce is not signed with the user's key.
    case wrongNonceSignature
    /// Not allowed from this address, at this time of day, or over this kind of connection.
    case notAllowedHere(String)

    package var description: String {
        switch self {
        case .malformed(let problem): "the JWT is malformed: \(problem)"
        case .wrongSignature: "the JWT is not signed by its issuer"
        case .wrongKind(let expected, let found): "expected a JWT of kind \"\(expected)\", found \"\(found)\""
        case .expired: "the JWT has expired"
        case .notYetValid: "the JWT is not valid yet"
        case .untrustedIssuer(let key): "the JWT is signed by \(key), which is not trusted"
        case .unknownAccount(let key): "the account \(key) is not known"
        case .revoked: "the user was revoked"
        case .bearerNotAllowed: "the account does not allow bearer users"
        case .wrongNonceSignature: "the nonce is not signed with the user's key"
        case .notAllowedHere(let what): "the user may not connect \(what)"
        }
    }
}
