import Testing

@testable import RESProtocol

@Suite("Hashed passwords")
struct PasswordHashTests {
    /// Hashes of another implementation.
    private static let known = [
        ("secret", "$2a$04$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC"),
        ("secret", "$2b$04$ciKlHCRKkIN7VAnUiEHx/ez07gjAe14vYY/tXV33QWdYJQSj8bvty"),
        ("secret", "$2y$04$ciKlHCRKkIN7VAnUiEHx/ez07gjAe14vYY/tXV33QWdYJQSj8bvty"),
        ("", "$2a$04$gnhfJv/SiLaEpXn8mipv8e8Leq6Thl7WeHQn1ZMGnnxG4DXnP2oje"),
        ("pässwörd", "$2a$04$qI8gllT.uXl8e9VZKJgDQul568ixtoqPSssjeKQjLk2YxJFS4pZ9G"),
        ("pässwörd", "$2b$04$AxIBvBlGfa/YW6cjOz/TPugW6pGcaytT8Mea04KVCf3Dxs0LVUete"),
        (String(repeating: "x", count: 72), "$2a$04$OaNZ6jP49.Tv/UQKrs1NkePSOFFG6AgjUrD356yjBKoXgy9/EaEf6"),
    ]

    @Test("a hash fits its own password and no other", arguments: known)
    func matches(password: String, text: String) throws {
        let hash = try #require(PasswordHash(text))
        #expect(hash.cost == 4)
        #expect(hash.matches(password))
        for other in [password + "\0", "x" + password, password.uppercased() + "!"]
        where other.utf8.count <= 72 {
            #expect(!hash.matches(other))
        }
    }

    @Test("of a long password the first 72 bytes count")
    func long() throws {
        let hash = try #require(PasswordHash(PasswordHashTests.known[6].1))
        #expect(hash.matches(String(repeating: "x", count: 73)))
        #expect(!hash.matches(String(repeating: "x", count: 71)))
    }

    @Test(
        "what is no hash of this kind, or takes too long, is refused",
        arguments: [
            "", "secret", "$2a$04$", "$1$04$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC",
            "$2x$04$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC",
            "$2a$03$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC",
            "$2a$17$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC",
            "$2a$-4$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroGC",
            "$2a$04$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroG",
            "$2a$04$QGHZTLfDdCGR1VoPqRA4yOj0qdxSTvXOa35qmJkUueb1HLTRZroG:",
        ]
    )
    func refused(text: String) {
        #expect(PasswordHash(text) == nil)
    }
}
