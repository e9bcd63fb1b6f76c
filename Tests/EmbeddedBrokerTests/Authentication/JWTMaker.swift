import NIOCore

@testable import RESProtocol

/// Signs JWTs as an operator and its accounts do.
enum JWTMaker {
    static let header = #"{"typ":"JWT","alg":"ed25519-nkey"}"#

    /// A key that is always the same for a number.
    static func key(_ role: NKeyRole, _ number: UInt8) throws -> NKeySeed {
        try NKeySeed(role: role, bytes: Array(repeating: number, count: 32))
    }

    /// A JWT about a key, with these members beside the usual ones and these in its `nats` member.
    static func jwt(
        _ kind: String,
        about subject: NKey,
        signedBy issuer: NKeySeed,
        name: String = "n",
        times: String = "",
        claims: String = "",
        header: String = header
    ) -> String {
        let body = """
            {"jti":"x","iat":1000,"iss":"\(issuer.publicKey)","name":"\(name)","sub":"\(subject)"\(times),\
            "nats":{"type":"\(kind)","version":2\(claims)}}
            """
        return sign("\(encode(header)).\(encode(body))", by: issuer)
    }

    /// Adds the signature to the first two parts.
    static func sign(_ text: String, by issuer: NKeySeed) -> String {
        "\(text).\(Base64URL.encode(issuer.sign(Array(text.utf8))))"
    }

    static func encode(_ text: String) -> String {
        Base64URL.encode(Array(text.utf8))
    }
}
