import NIOCore

@testable import EmbeddedBroker
@testable import RESProtocol

extension FuzzTarget {
    /// Four lines: a JWT as it comes, and what an operator, an account and a user JWT claim, which are then signed as they
    /// should be. Nobody is let in by a JWT that was not signed, or in an account that is not its issuer's.
    static let jwt = FuzzTarget(name: "jwt") { input in
        let lines = input.split(separator: 0x0a, maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if let text = lines.first, let jwt = try? JWT(text) {
            precondition(jwt.issuer.text.count == 56, "an issuer that is no key")
        }
        guard lines.count == 4, let keys = FuzzKeys() else { return }
        let operatorText = keys.sign("operator", about: keys.operator.publicKey, by: keys.operator, lines[1])
        guard let claims = try? OperatorClaims(JWT(operatorText)) else { return }
        let account = keys.sign("account", about: keys.account.publicKey, by: keys.operator, lines[2])
        let user = keys.sign("user", about: keys.user.publicKey, by: keys.account, lines[3])
        let chain = TrustChain(operators: [claims])
        for isSigned in [true, false] {
            let connection = TrustChain.Connection(
                nonce: "n",
                signature: isSigned ? Base64.encodeForURL(keys.user.sign(Array("n".utf8))) : "",
                address: "127.0.0.1",
                now: 2_000
            )
            let admission = try? chain.admit(user, on: connection) {
                $0 == keys.account.publicKey ? account : nil
            }
            guard let admission else { continue }
            precondition(isSigned || admission.user.isBearer, "let in without a signature")
            precondition(admission.account.key == keys.account.publicKey, "let in to another account")
            precondition(admission.expires.map { $0 >= 2_000 } ?? true, "let in when its time is over")
        }
    }
}

/// The keys of one chain of trust, always the same.
private struct FuzzKeys {
    let `operator`: NKeySeed
    let account: NKeySeed
    let user: NKeySeed

    init?() {
        func seed(_ role: NKeyRole, _ number: UInt8) -> NKeySeed? {
            try? NKeySeed(role: role, bytes: Array(repeating: number, count: 32))
        }
        guard let first = seed(.operator, 1), let second = seed(.account, 2), let third = seed(.user, 3)
        else {
            return nil
        }
        (`operator`, account, user) = (first, second, third)
    }

    /// - Parameter claims: members of the object `nats` after a bar, and of the whole before it.
    func sign(_ kind: String, about subject: NKey, by issuer: NKeySeed, _ claims: String) -> String {
        let parts = claims.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        let body = """
            {"iat":1000,"iss":"\(issuer.publicKey)","sub":"\(subject)"\(parts.first ?? ""),\
            "nats":{"type":"\(kind)","version":2\(parts.count > 1 ? parts[1] : "")}}
            """
        let header = Base64.encodeForURL(Array(#"{"typ":"JWT","alg":"ed25519-nkey"}"#.utf8))
        let text = "\(header).\(Base64.encodeForURL(Array(body.utf8)))"
        return "\(text).\(Base64.encodeForURL(issuer.sign(Array(text.utf8))))"
    }
}
