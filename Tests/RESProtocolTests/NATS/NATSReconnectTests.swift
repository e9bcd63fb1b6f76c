import NIOCore
import NIOPosix
import Testing

@testable import RESProtocol

@Suite(
    "Connecting and connecting again",
    .enabled(if: NATSServerProcess.binary != nil, Comment(rawValue: NATSServerProcess.whySkipped)),
    .timeLimit(.minutes(1))
)
struct NATSReconnectTests {
    @Test("after a restart of the server all subscriptions are in force when the bus says so")
    func restart() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let messages = try await bus.subscribe(to: "a.*")
        server.kill()
        #expect(await bus.states.first(1).first?.isDisconnection == true)
        #expect(try await bus.on { $0.publish("a.lost", payload: ByteBuffer()) } == false)
        await #expect(throws: NATSError.self) { try await bus.flush() }
        _ = try await bus.on { bus in
            let ended = bus.subscribe(to: "a.b") { _ in Issue.record("an ended subscription got a message") }
            bus.unsubscribe(ended)
        }
        let again = try NATSServerProcess(port: server.port)
        #expect(await bus.states.first(1) == [.reconnected])
        let other = try await BusUnderTest.connect(again.url)
        try await other.publish("a.b", "back")
        #expect(await messages.first(1).map { String(buffer: $0.payload) } == ["back"])
        try await bus.close()
        try await other.close()
    }

    @Test("the other servers of a cluster are discovered, and used when the first one dies")
    func cluster() async throws {
        let first = try NATSServerProcess(arguments: [
            "--cluster_name", "c", "--cluster", "nats://127.0.0.1:-1",
        ])
        let route = "nats://127.0.0.1:\(first.clusterPort)"
        let bus = try await BusUnderTest.connect(first.url)
        let messages = try await bus.subscribe(to: "a")
        let second = try NATSServerProcess(
            arguments: ["--cluster_name", "c", "--cluster", "nats://127.0.0.1:-1", "--routes", route]
        )
        for await line in bus.log where line.contains("discovered") && line.contains("\(second.port)") {
            break
        }
        first.kill()
        #expect(await bus.states.first(2).last == .reconnected)
        let other = try await BusUnderTest.connect(second.url)
        try await other.publish("a", "through the second")
        #expect(await messages.first(1).map { String(buffer: $0.payload) } == ["through the second"])
        try await bus.close()
        try await other.close()
    }

    @Test("of several servers the first that answers is taken")
    func several() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect("nats://127.0.0.1:1, \(server.url)")
        try await bus.flush()
        try await bus.close()
    }

    @Test(
        "every kind of credentials is accepted by the server that knows it, and refused as wrong or missing"
    )
    func authentication() async throws {
        let seed = try NKeySeed(role: .user, bytes: (0..<32).map { _ in UInt8.random(in: 0...255) })
        let wrongSeed = try NKeySeed(role: .user, bytes: Array(repeating: 1, count: 32))
        let kinds: [(configuration: String, right: NATSAuthentication, wrong: NATSAuthentication)] = [
            (
                "authorization { user: u, password: \"p w\" }", .user("u", password: "p w"),
                .user("u", password: "x")
            ),
            ("authorization { token: secret }", .token("secret"), .token("x")),
            ("authorization { users: [{nkey: \(seed.publicKey)}] }", .nkey(seed), .nkey(wrongSeed)),
        ]
        for kind in kinds {
            let server = try NATSServerProcess(configuration: kind.configuration)
            let bus = try await BusUnderTest.connect(server.url) { $0.authentication = kind.right }
            try await bus.flush()
            try await bus.close()
            for wrong in [kind.wrong, .none] {
                await #expect(
                    performing: {
                        try await BusUnderTest.connect(server.url) { $0.authentication = wrong }
                    },
                    throws: {
                        ($0 as? NATSError)?.code == .authorization
                            && "\($0)".contains("Authorization Violation")
                    }
                )
            }
        }
    }

    @Test("user and password of the address are used, and a token")
    func addressCredentials() async throws {
        let server = try NATSServerProcess(configuration: "authorization { user: u, password: \"p@w\" }")
        let bus = try await BusUnderTest.connect("nats://u:p%40w@127.0.0.1:\(server.port)")
        try await bus.close()
        let tokenServer = try NATSServerProcess(configuration: "authorization { token: t }")
        let tokenBus = try await BusUnderTest.connect("nats://t@127.0.0.1:\(tokenServer.port)")
        try await tokenBus.close()
    }

    @Test("a key is of no use with a server that asks for none")
    func keyNotAskedFor() async throws {
        let server = try NATSServerProcess()
        let seed = try NKeySeed(role: .user, bytes: Array(repeating: 1, count: 32))
        await #expect(
            performing: {
                try await BusUnderTest.connect(server.url) { $0.authentication = .nkey(seed) }
            },
            throws: { "\($0)".contains("does not ask for a key") }
        )
    }

    @Test("a server that changes its password while it is away is given up after the second refusal")
    func refusedLater() async throws {
        let server = try NATSServerProcess(configuration: "authorization { token: old }")
        let bus = try await BusUnderTest.connect("nats://old@127.0.0.1:\(server.port)")
        server.kill()
        let changed = try NATSServerProcess(port: server.port, configuration: "authorization { token: new }")
        let states = await bus.states.first(2)
        guard case .failed(let reason) = states.last else {
            Issue.record("\(states)")
            return
        }
        #expect(reason.contains("Authorization Violation"))
        await #expect(throws: NATSError.self) { try await bus.flush() }
        withExtendedLifetime(changed) {}
    }

    @Test("a publish that permissions forbid is logged, and the connection stays")
    func permissions() async throws {
        let server = try NATSServerProcess(
            configuration: "authorization { users: [{user: u, password: p, permissions: {publish: \"ok\"}}] }"
        )
        let bus = try await BusUnderTest.connect("nats://u:p@127.0.0.1:\(server.port)")
        try await bus.publish("forbidden", "x")
        for await line in bus.log where line.contains("Permissions Violation for Publish to \"forbidden\"") {
            break
        }
        try await bus.flush()
        try await bus.close()
    }

    @Test("a server that cannot be used is an error that says why")
    func errors() async throws {
        let cases: [(String, NATSError.Code)] = [
            ("nats://127.0.0.1:1", .refused), ("nats://no-such-host.invalid:4222", .hostNotFound),
            ("tls://127.0.0.1:1", .refused),
        ]
        for (url, code) in cases {
            await #expect(
                performing: { try await BusUnderTest.connect(url) },
                throws: {
                    ($0 as? NATSError)?.code == code
                }
            )
        }
    }

    @Test("a server that says nothing, or speaks another protocol, is an error in time")
    func otherServers() async throws {
        for (greeting, code) in [
            ("", NATSError.Code.timedOut), ("HTTP/1.1 400 Bad Request\r\n", .protocolViolation),
        ] {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.writeAndFlush(ByteBuffer(string: greeting), promise: nil)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(listener.localAddress?.port)
            await #expect(
                performing: {
                    try await BusUnderTest.connect("127.0.0.1:\(port)") {
                        $0.connectTimeout = .milliseconds(100)
                    }
                },
                throws: { ($0 as? NATSError)?.code == code }
            )
            try await listener.close()
        }
    }

    @Test("a bus that is told to keep trying connects once the server is there")
    func keepsTrying() async throws {
        let port = try NATSServerProcess().port
        async let connecting = BusUnderTest.connect("nats://127.0.0.1:\(port)") {
            $0.retriesFirstConnection = true
        }
        let server = try NATSServerProcess(port: port)
        let bus = try await connecting
        try await bus.flush()
        try await bus.close()
        withExtendedLifetime(server) {}
    }

    @Test("a server that leaves pings unanswered counts as lost")
    func stale() async throws {
        let server = try await DeafServer()
        let bus = try await BusUnderTest.connect("127.0.0.1:\(server.port)") {
            $0.pingInterval = .milliseconds(10)
        }
        guard case .disconnected(let reason)? = await bus.states.first(1).first else {
            Issue.record("no disconnection")
            return
        }
        #expect(reason.contains("2 pings unanswered"))
        try await bus.close()
        try await server.channel.close()
    }
}

/// Accepts a client, and then answers nothing more.
private struct DeafServer {
    let channel: any Channel
    let port: Int

    init() async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.writeAndFlush(ByteBuffer(string: "INFO {}\r\nPONG\r\n"), promise: nil)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = try #require(channel.localAddress?.port)
    }
}

extension BusState {
    fileprivate var isDisconnection: Bool {
        if case .disconnected = self { true } else { false }
    }
}
