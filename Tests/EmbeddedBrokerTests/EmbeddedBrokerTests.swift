import Logging
import NIOCore
import NIOPosix
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("broker over sockets", .serialized)
struct EmbeddedBrokerTests {
    /// Runs a broker on a port of its own, and stops it.
    private func withBroker(
        _ configure: (inout BrokerConfiguration) -> Void = { _ in },
        _ body: (EmbeddedBroker, any EventLoop) async throws -> Void
    ) async throws {
        var configuration = BrokerConfiguration()
        configuration.port = 0
        configure(&configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let broker = EmbeddedBroker(
            configuration: configuration,
            eventLoop: loop,
            logger: Logger(label: "test")
        )
        try await broker.start().get()
        do {
            try await body(broker, loop)
        } catch {
            try? await broker.stop().get()
            try? await group.shutdownGracefully()
            throw error
        }
        try await broker.stop().get()
        try await group.shutdownGracefully()
    }

    private func connect(_ broker: EmbeddedBroker, receiveBuffer: Int32? = nil) throws -> SocketClient {
        let client = try SocketClient(broker.address, receiveBuffer: receiveBuffer)
        _ = try client.read(until: "} \r\n")
        client.send("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n")
        return client
    }

    @Test("a client is greeted with INFO that names the server as nkeys do")
    func greeting() async throws {
        try await withBroker { broker, _ in
            let client = try SocketClient(broker.address)
            let line = try client.read(until: "} \r\n")
            let id = line.split(separator: "\"").dropFirst(3).first ?? ""
            #expect(line.hasPrefix("INFO {\"server_id\":\"N") && id.count == 56)
            #expect(line.contains("\"port\":\(broker.address?.port ?? 0),"))
            client.send("PING\r\n")
            #expect(try client.read(until: "PONG\r\n") == "PONG\r\n")
        }
    }

    @Test("the identity is the public key with its kind and checksum")
    func identity() {
        let text = ServerIdentity.text(publicKey: Array(repeating: 0, count: 32))
        #expect(text.count == 56 && text.hasPrefix("NAAAAA"))
        #expect(ServerIdentity.random() != ServerIdentity.random())
    }

    @Test("messages of any size go from one client to another")
    func delivery() async throws {
        try await withBroker { broker, _ in
            let (one, two) = (try connect(broker), try connect(broker))
            one.send("SUB a.* 1\r\nPING\r\n")
            _ = try one.read(until: "PONG\r\n")
            var expected = ""
            for size in [0, 1, 100, 8_191, 8_192, 65_536, 1_048_576] {
                let body = String(repeating: "x", count: size)
                two.send("PUB a.b r \(size)\r\n\(body)\r\n")
                expected += "MSG a.b 1 r \(size)\r\n\(body)\r\n"
            }
            try one.read(count: expected.utf8.count)
            #expect(one.received == Array(expected.utf8))
        }
    }

    @Test("an error is read before the connection ends, also by who goes on sending")
    func lingering() async throws {
        try await withBroker { broker, _ in
            let client = try connect(broker)
            client.send("JUNK\r\n" + String(repeating: "PING\r\n", count: 2_000))
            #expect(try client.readToEnd() == "-ERR 'Unknown Protocol Operation'\r\n")
        }
    }

    @Test("one client more than allowed is greeted, told and closed")
    func connectionLimit() async throws {
        try await withBroker({ $0.limits.maximumConnections = 1 }) { broker, _ in
            let first = try connect(broker)
            let second = try SocketClient(broker.address)
            #expect(try second.readToEnd().hasSuffix("} \r\n-ERR 'maximum connections exceeded'\r\n"))
            first.send("PING\r\n")
            #expect(try first.read(until: "PONG\r\n") == "PONG\r\n")
        }
    }

    @Test("who presents no credentials in time is closed")
    func authenticationTimeout() async throws {
        let secure: (inout BrokerConfiguration) -> Void = {
            $0.access.token = "t"
            $0.access.timeout = .milliseconds(30)
        }
        try await withBroker(secure) { broker, _ in
            let client = try SocketClient(broker.address)
            let text = try client.readToEnd()
            #expect(text.contains("\"auth_required\":true"))
            #expect(text.hasSuffix("-ERR 'Authentication Timeout'\r\n"))
        }
    }

    @Test("who does not answer two PING is closed")
    func staleConnection() async throws {
        try await withBroker({ $0.limits.pingInterval = .milliseconds(30) }) { broker, _ in
            let client = try connect(broker)
            #expect(try client.readToEnd() == "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n")
        }
    }

    @Test("who does not read is cut at its limit while the publisher goes on")
    func slowConsumer() async throws {
        try await withBroker({ $0.limits.maximumPending = 1_000_000 }) { broker, _ in
            let slow = try connect(broker, receiveBuffer: 4_096)
            slow.send("SUB a 1\r\nPING\r\n")
            _ = try slow.read(until: "PONG\r\n")
            let publisher = try connect(broker)
            let message = "PUB a 1000000\r\n\(String(repeating: "x", count: 1_000_000))\r\n"
            for _ in 0..<20 { publisher.send(message) }
            publisher.send("PING\r\n")
            #expect(try publisher.read(until: "PONG\r\n") == "PONG\r\n")
            _ = try slow.readToEnd()
        }
    }

    @Test("who does not read in time is cut although little waits")
    func writeDeadline() async throws {
        try await withBroker({ $0.limits.writeDeadline = .milliseconds(50) }) { broker, _ in
            let slow = try connect(broker, receiveBuffer: 4_096)
            slow.send("SUB a 1\r\nPING\r\n")
            _ = try slow.read(until: "PONG\r\n")
            let publisher = try connect(broker)
            let message = "PUB a 1000000\r\n\(String(repeating: "x", count: 1_000_000))\r\n"
            for _ in 0..<8 { publisher.send(message) }
            publisher.send("SUB gone 1\r\nPING\r\n")
            _ = try publisher.read(until: "PONG\r\n")
            // The end shows in what is answered to others: its subscription is gone, and nothing but this tells.
            var isGone = false
            while !isGone {
                publisher.send("PUB a 0\r\n\r\nPING\r\n")
                _ = try publisher.read(until: "PONG\r\n")
                isGone = await broker.connectionCount == 1
            }
        }
    }

    @Test("a fast publisher is slowed so that a subscriber that reads loses nothing")
    func healthyConsumer() async throws {
        try await withBroker({ $0.limits.maximumPending = 4_000_000 }) { broker, _ in
            let reader = try connect(broker)
            reader.send("SUB a 1\r\nPING\r\n")
            _ = try reader.read(until: "PONG\r\n")
            let publisher = try connect(broker)
            let body = String(repeating: "x", count: 500_000)
            let sending = Task.detached {
                for _ in 0..<60 { publisher.send("PUB a 500000\r\n\(body)\r\n") }
                publisher.send("PING\r\n")
                return try publisher.read(until: "PONG\r\n")
            }
            try reader.read(count: 60 * ("MSG a 1 500000\r\n\r\n".utf8.count + 500_000))
            // A PING of the broker may stand before it.
            #expect(try await sending.value.hasSuffix("PONG\r\n"))
        }
    }

    @Test("the bus and connections meet, and interest is known")
    func bus() async throws {
        try await withBroker { broker, loop in
            let client = try connect(broker)
            client.send("SUB echo 1\r\nPING\r\n")
            _ = try client.read(until: "PONG\r\n")
            let (interest, none) = try await loop.submit {
                let bus = broker.makeBus()
                _ = bus.subscribe(to: "up") { message in bus.publish("echo", payload: message.payload) }
                return (broker.hasInterest(in: "echo"), broker.hasInterest(in: "nothing"))
            }.get()
            #expect(interest && !none)
            client.send("PUB up 5\r\nhello\r\n")
            #expect(try client.read(until: "hello\r\n") == "MSG echo 1 5\r\nhello\r\n")
        }
    }

    @Test("stopping closes every client, and a broker without listener has no address")
    func stop() async throws {
        var client: SocketClient?
        try await withBroker { broker, _ in client = try connect(broker) }
        #expect(try client?.readToEnd() == "")
        try await withBroker({ $0.port = nil }) { broker, _ in #expect(broker.address == nil) }
    }

    @Test("a port that is taken makes the start fail")
    func portTaken() async throws {
        try await withBroker { broker, loop in
            var configuration = BrokerConfiguration()
            configuration.port = broker.address?.port
            let other = EmbeddedBroker(
                configuration: configuration,
                eventLoop: loop,
                logger: Logger(label: "test")
            )
            await #expect(throws: BrokerStartError.self) { try await other.start().get() }
        }
    }
}
