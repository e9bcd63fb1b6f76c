package import RESProtocol

/// What an operator JWT says.
package struct OperatorClaims: Hashable, Sendable {
    package let jwt: JWT
    /// Further keys that may sign accounts.
    package var signingKeys: [NKey]
    /// Whether only those may, and not the operator's own key.
    package var requiresSigningKeys: Bool
    /// The account whose users may ask the server about itself.
    package var systemAccount: NKey?

    /// Reads an operator JWT, whose signature and time the caller has checked.
    package init(_ jwt: JWT) throws(JWTError) {
        guard jwt.kind == .operator else { throw .wrongKind(expected: .operator, found: jwt.kind.rawValue) }
        guard jwt.subject.role == .operator, jwt.issuer.role == .operator else {
            throw .malformed("an operator JWT is about an operator key and signed by one")
        }
        self.jwt = jwt
        signingKeys = []
        for element in jwt.claims["signing_keys"].map({ Array($0.elements) }) ?? [] {
            guard let text = element.string, let key = try? NKey(text), key.role == .operator else {
                throw .malformed("\"signing_keys\" has an entry that is no operator key")
            }
            signingKeys.append(key)
        }
        requiresSigningKeys = jwt.claims["strict_signing_key_usage"]?.bool ?? false
        systemAccount = jwt.claims["system_account"]?.string.flatMap { try? NKey($0) }
    }

    /// The keys whose accounts are trusted.
    package var trustedKeys: [NKey] {
        requiresSigningKeys ? signingKeys : [jwt.subject] + signingKeys
    }
}
