import Testing

@testable import RESProtocol

@Suite("Keys")
struct NKeyTests {
    /// Pairs that other implementations of NATS keys made.
    private static let userSeed = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU"
    private static let userKey = "UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L"

    @Test("a seed of another implementation gives its public key")
    func known() throws {
        let seed = try NKeySeed(NKeyTests.userSeed)
        #expect(seed.publicKey.text == NKeyTests.userKey)
        #expect(seed.publicKey.role == .user)
        #expect(seed.text == NKeyTests.userSeed)
        #expect(try NKey(NKeyTests.userKey) == seed.publicKey)
        #expect(!"\(seed)".contains(NKeyTests.userSeed))
    }

    @Test("every role keeps its letter through writing and reading", arguments: NKeyRole.allCases)
    func roles(role: NKeyRole) throws {
        let seed = try NKeySeed(role: role, bytes: Array(0..<32))
        let letters: [NKeyRole: Character] = [
            .account: "A", .cluster: "C", .server: "N", .operator: "O", .user: "U", .curve: "X",
        ]
        #expect(seed.publicKey.text.first == letters[role])
        #expect(seed.publicKey.text.count == 56)
        #expect(seed.text.count == 58)
        #expect(seed.text.first == "S" && seed.text.dropFirst().first == letters[role])
        #expect(try NKeySeed(seed.text) == seed)
        #expect(try NKey(seed.publicKey.text) == seed.publicKey)
    }

    @Test("a signature holds for its message and its key alone")
    func signatures() throws {
        let seed = try NKeySeed(NKeyTests.userSeed)
        let message = Array("nonce".utf8)
        let signature = seed.sign(message)
        #expect(seed.publicKey.verify(message, signature: signature))
        #expect(!seed.publicKey.verify(Array("noncf".utf8), signature: signature))
        #expect(!seed.publicKey.verify(message, signature: Array(signature.dropLast())))
        let other = try NKeySeed(role: .user, bytes: Array(repeating: 7, count: 32))
        #expect(!other.publicKey.verify(message, signature: signature))
    }

    @Test(
        "what is no key is an error that says why, without repeating it",
        arguments: [
            ("", NKeyError.wrongLength), ("U", .notBase32), ("ucK5", .notBase32), ("UA======", .notBase32),
            (String(userKey.dropLast()), .notBase32), (String(userKey.dropLast(8)), .wrongLength),
            ("A" + userKey.dropFirst(), .wrongChecksum), (userKey.dropLast() + "M", .wrongChecksum),
            (userSeed, .notAPublicKey),
        ]
    )
    func badKeys(text: String, error: NKeyError) {
        #expect(throws: error) { try NKey(text) }
    }

    @Test(
        "what is no seed is an error",
        arguments: [
            ("", NKeyError.wrongLength), (userKey, .notASeed), ("SU", .wrongLength),
            (userSeed.dropLast() + "Y", .wrongChecksum),
        ]
    )
    func badSeeds(text: String, error: NKeyError) {
        #expect(throws: error) { try NKeySeed(text) }
    }

    @Test("a credentials file gives its JWT and its seed")
    func credentials() throws {
        let text = """
            -----BEGIN NATS USER JWT-----
            eyJh.eyJq
            dGk.sig_-
            ------END NATS USER JWT------

            ************************* IMPORTANT *************************
            NKEY Seed printed below can be used to sign and prove identity.

            -----BEGIN USER NKEY SEED-----
            \(NKeyTests.userSeed)
            ------END USER NKEY SEED------
            """
        for text in [text, text.replacing("\n", with: "\r\n")] {
            let credentials = try NATSCredentials(text: text, name: "f")
            #expect(credentials.jwt == "eyJh.eyJqdGk.sig_-")
            #expect(credentials.seed.text == NKeyTests.userSeed)
        }
        for (broken, part) in [
            ("", "no JWT"), (text.replacing("eyJh.", with: ""), "no JWT"),
            (text.replacing("SUAM", with: "AUAM"), "no seed"),
            (text.replacing("SUAM", with: "SUAN"), "checksum"),
        ] {
            #expect { try NATSCredentials(text: broken, name: "f") } throws: {
                "\($0)".contains("f: ") && "\($0)".contains(part)
            }
        }
        #expect { try NATSCredentials(path: "/nonexistent/x.creds") } throws: {
            "\($0)".contains("/nonexistent/x.creds: No such file")
        }
    }

    @Test(
        "base 64 for URLs has no padding, and reads either alphabet",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("\u{fb}\u{ff}?", "w7vDvz8"),
            ("?>~", "Pz5-"),
        ]
    )
    func base64(text: String, encoded: String) {
        #expect(Base64.encodeForURL(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        let padded = encoded + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
        #expect(Base64.decode(padded.replacing("-", with: "+")) == Array(text.utf8))
    }

    @Test("what is no base 64 is refused", arguments: ["Z", "Zh", "Zg=", "Zg===", "Z g", "Zg==Zg", "é"])
    func badBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
