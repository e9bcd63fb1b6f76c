import Testing

@testable import RESProtocol

@Suite("Addresses of NATS servers")
struct ServerAddressTests {
    @Test(
        "an address is read with its defaults",
        arguments: [
            ("nats://a:1", "nats://a:1", nil, nil), ("a", "nats://a:4222", nil, nil),
            ("a:5", "nats://a:5", nil, nil),
            ("NATS://a/", "nats://a:4222", nil, nil), ("tls://a:1", "tls://a:1", nil, nil),
            ("nats://[::1]:7", "nats://[::1]:7", nil, nil), ("[fe80::1]", "nats://[fe80::1]:4222", nil, nil),
            ("nats://u:p@a", "nats://a:4222", "u", "p"), ("nats://token@a", "nats://a:4222", "token", nil),
            ("u%40x:p%3A%2f@a:65535", "nats://a:65535", "u@x", "p:/"),
            ("u:a@b@c:1", "nats://c:1", "u", "a@b"),
        ] as [(String, String, String?, String?)]
    )
    func addresses(text: String, shown: String, user: String?, password: String?) throws {
        let address = try ServerAddress(text)
        #expect(address.description == shown)
        #expect(address.user == user)
        #expect(address.password == password)
    }

    @Test(
        "a malformed address is an error that says what would be right and hides the password",
        arguments: [
            ("", "host is missing"), ("nats://", "host is missing"), ("nats://:1", "host is missing"),
            ("a b", "characters"), ("a/b", "characters"), ("http://a", "\"http\" is no scheme"),
            ("ws://a", "nats://host:port"), ("a:0", "1 to 65535"), ("a:65536", "1 to 65535"),
            ("a:x", "1 to 65535"),
            ("a:+1", "1 to 65535"), ("a:", "1 to 65535"), ("::1", "brackets"), ("[::1", "bracket"),
            ("[::1]x", "only a port"), ("u:secret@a:0", "…@a:0"), ("u%2:p@a", "percent-encoding"),
            ("u%+1:p@a", "percent-encoding"), ("nats://u:%ff@a", "percent-encoding"),
        ]
    )
    func malformed(text: String, part: String) {
        #expect { try ServerAddress(text) } throws: { error in
            let message = "\(error)"
            return message.contains(part) && !message.contains("secret")
                && (error as? NATSError)?.code == .invalidAddress
        }
    }

    @Test("a list has commas between its addresses")
    func list() throws {
        let list = try ServerAddress.list("nats://a:1, b:2 ,nats://c")
        #expect(list.map(\.description) == ["nats://a:1", "nats://b:2", "nats://c:4222"])
        #expect(throws: NATSError.self) { try ServerAddress.list("a,") }
    }

    @Test("a pool is tried in turn, first what was given and then what was discovered")
    func pool() throws {
        var pool = ServerPool(try ServerAddress.list("nats://u:p@a:1,b:2"))
        #expect(pool.next().description == "nats://a:1")
        let new = pool.discover(["a:1", "c:3", "not an address", "[::1]:4", "c:3"])
        #expect(new.map(\.description) == ["nats://c:3", "nats://[::1]:4"])
        #expect(new.allSatisfy { $0.user == "u" && $0.password == "p" })
        #expect(
            (0..<5).map { _ in pool.next().description } == [
                "nats://b:2", "nats://c:3", "nats://[::1]:4", "nats://a:1", "nats://b:2",
            ]
        )
        #expect(pool.discover(["c:3"]) == [])
        #expect(pool.count == 3)
        #expect(pool.next().description == "nats://c:3")
        #expect(pool.discover([]) == [])
        #expect(pool.next().description == "nats://a:1")
    }

    @Test("a cluster adds servers up to the limit")
    func poolLimit() {
        var pool = ServerPool([ServerAddress(host: "a")])
        let urls = (1...ServerPool.maximumDiscovered + 1).map { "h\($0)" }
        #expect(pool.discover(urls).count == ServerPool.maximumDiscovered)
        #expect(pool.count == ServerPool.maximumDiscovered + 1)
    }
}
