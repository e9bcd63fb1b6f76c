import NIOCore
import Testing

@testable import EmbeddedBroker
@testable import RESProtocol

@Suite("JWTs")
struct JWTTests {
    @Test("a JWT says who signed it, for whom and for how long")
    func decoding() throws {
        let account = try JWTMaker.key(.account, 1)
        let user = try JWTMaker.key(.user, 2)
        let text = JWTMaker.jwt(
            "user",
            about: user.publicKey,
            signedBy: account,
            name: "bob",
            times: #","exp":3000,"nbf":2000"#
        )
        let jwt = try JWT(text)
        #expect(jwt.kind == .user && jwt.name == "bob" && jwt.issuedAt == 1000)
        #expect(jwt.issuer == account.publicKey && jwt.subject == user.publicKey)
        for (now, error) in [(1999, JWTError.notYetValid), (2000, nil), (2999, nil), (3000, .expired)]
            as [(Int64, JWTError?)]
        {
            #expect(failure { try jwt.check(.user, at: now) } == error)
        }
        #expect(
            failure { try jwt.check(.account, at: 2500) } == .wrongKind(expected: .account, found: "user")
        )
    }

    @Test("a JWT without times is always valid")
    func timeless() throws {
        let jwt = try JWT(
            JWTMaker.jwt(
                "user",
                about: try JWTMaker.key(.user, 2).publicKey,
                signedBy: try JWTMaker.key(.account, 1)
            )
        )
        try jwt.check(.user, at: .max)
    }

    @Test("any changed character makes a JWT invalid")
    func tampering() throws {
        let text = JWTMaker.jwt(
            "user",
            about: try JWTMaker.key(.user, 2).publicKey,
            signedBy: try JWTMaker.key(.account, 1)
        )
        _ = try JWT(text)
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: JWTError.self) { try JWT(String(decoding: changed, as: UTF8.self)) }
        }
    }

    @Test("what is no JWT is refused with what is wrong")
    func malformed() throws {
        let account = try JWTMaker.key(.account, 1)
        let user = try JWTMaker.key(.user, 2).publicKey
        let good = JWTMaker.jwt("user", about: user, signedBy: account)
        let old = JWTMaker.jwt(
            "user",
            about: user,
            signedBy: account,
            header: #"{"typ":"jwt","alg":"ed25519"}"#
        )
        let none = JWTMaker.jwt(
            "user",
            about: user,
            signedBy: account,
            header: #"{"typ":"JWT","alg":"none"}"#
        )
        let bodies = [
            (#"{"iss":"x"}"#, "neither an operator"), (#"{"nats":{"type":"user","version":1}}"#, "version 2"),
            (#"{"nats":{"type":"user","version":2},"iss":"x"}"#, "\"iss\" is no public key"),
            (
                #"{"nats":{"type":"user","version":2},"iss":"\#(account.publicKey)"}"#,
                "\"sub\" is no public key"
            ),
            ("[]", "no JSON object"), ("{", "no JSON object"),
        ]
        var cases = [
            ("", "three parts"), ("a.b", "three parts"), ("a.b.c.d", "three parts"),
            ("!.b.c", "first part is no base 64"),
        ]
        cases += [(old, "ed25519-nkey"), (none, "ed25519-nkey"), (good + "A", "not signed")]
        cases.append((String(repeating: "a", count: JWT.maximumSize + 1), "more than"))
        for (body, part) in bodies {
            cases.append(
                (
                    JWTMaker.sign(
                        "\(JWTMaker.encode(JWTMaker.header)).\(JWTMaker.encode(body))",
                        by: account
                    ), part
                )
            )
        }
        for (text, part) in cases {
            #expect { try JWT(text) } throws: { "\($0)".contains(part) }
        }
    }

    @Test(
        "an address lies in a network or does not",
        arguments: [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.1.128/25", "192.168.1.127", false),
            ("192.168.1.128/25", "192.168.1.200", true), ("0.0.0.0/0", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.5", false), ("fe80::/10", "fe80::1", true), ("fe80::/10", "ff00::1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true), ("::/0", "1.2.3.4", false),
            ("10.0.0.0/8", "no address", false),
        ]
    )
    func networks(network: String, address: String, lies: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(address) == lies)
    }

    @Test(
        "what is no network is refused",
        arguments: ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "x/8", "::/129", "10.0.0.0/8/8"]
    )
    func badNetworks(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}

/// The error that a body throws, if any.
private func failure(_ body: () throws -> Void) -> JWTError? {
    do {
        try body()
        return nil
    } catch {
        return error as? JWTError
    }
}
