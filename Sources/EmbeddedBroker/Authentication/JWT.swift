package import RESProtocol

import struct NIOCore.ByteBuffer

/// A signed claim of NATS (version 2): who signed it, for whom, for how long, and what it says.
package struct JWT: Hashable, Sendable {
    /// What a JWT is about.
    package enum Kind: String, Hashable, Sendable, CustomStringConvertible {
        case `operator`, account, user, activation, generic

        package var description: String { rawValue }
    }

    /// Largest text that is read, in bytes.
    package static let maximumSize = 1_048_576

    package let kind: Kind
    /// The key that signed it.
    package let issuer: NKey
    /// The key it is about.
    package let subject: NKey
    package let name: String
    /// Seconds since 1970, as all times here.
    package let issuedAt: Int64
    /// When it ends; nil when it does not.
    package let expires: Int64?
    /// When it begins.
    package let notBefore: Int64?
    /// The part that depends on the kind.
    package let claims: JSONSlice

    /// Reads a JWT and checks the signature of its issuer; neither its time nor whether the issuer is
    /// trusted.
    package init(_ text: String) throws(JWTError) {
        guard text.utf8.count <= JWT.maximumSize else {
            throw .malformed("more than \(JWT.maximumSize) bytes")
        }
        // Line breaks mean nothing in base64 as Go reads it, and files with a JWT often end with one.
        let text = text.contains(where: \.isNewline) ? text.filter { !$0.isNewline } : text
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("not three parts with dots between them") }
        try JWT.checkHeader(parts[0])
        let body = try JWT.object(parts[1], "the second part")
        let claims = body["nats"] ?? .null
        guard let kind = Kind(rawValue: claims["type"]?.string ?? ""), claims["version"]?.integer == 2 else {
            throw .malformed("neither an operator, account, user nor activation JWT of version 2")
        }
        self.kind = kind
        issuer = try JWT.key(body["iss"], "iss")
        subject = try JWT.key(body["sub"], "sub")
        name = body["name"]?.string ?? ""
        issuedAt = body["iat"]?.integer ?? 0
        expires = body["exp"]?.integer.flatMap { $0 > 0 ? $0 : nil }
        notBefore = body["nbf"]?.integer.flatMap { $0 > 0 ? $0 : nil }
        self.claims = claims
        guard let signature = Base64.decode(parts[2]),
            issuer.verify(Array("\(parts[0]).\(parts[1])".utf8), signature: signature)
        else { throw .wrongSignature }
    }

    /// Checks that it is of a kind, and that its time has begun and not passed.
    package func check(_ kind: Kind, at now: Int64) throws(JWTError) {
        guard self.kind == kind else { throw .wrongKind(expected: kind, found: self.kind.rawValue) }
        if let expires, now >= expires { throw .expired }
        if let notBefore, now < notBefore { throw .notYetValid }
    }

    private static func checkHeader(_ part: Substring) throws(JWTError) {
        let header = try object(part, "the first part")
        guard header["typ"]?.string?.lowercased() == "jwt", header["alg"]?.string == "ed25519-nkey" else {
            throw .malformed("the algorithm must be \"ed25519-nkey\"")
        }
    }

    private static func object(_ part: Substring, _ name: String) throws(JWTError) -> JSONSlice {
        guard let bytes = Base64.decode(part) else { throw .malformed("\(name) is no base 64") }
        guard let json = try? JSONSlice(parsing: ByteBuffer(bytes: bytes)), json.kind == .object else {
            throw .malformed("\(name) is no JSON object")
        }
        return json
    }

    private static func key(_ value: JSONSlice?, _ name: String) throws(JWTError) -> NKey {
        guard let text = value?.string, let key = try? NKey(text) else {
            throw .malformed("\"\(name)\" is no public key")
        }
        return key
    }
}
