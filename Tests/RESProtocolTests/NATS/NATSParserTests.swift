import NIOCore
import Testing

@testable import RESProtocol

@Suite("What a NATS server sends")
struct NATSParserTests {
    /// Input, and the operations it holds.
    private static let transcripts: [(String, [String])] = [
        ("PING\r\n", ["ping"]),
        ("PING\n", ["ping"]),
        ("ping  \r\npOnG\r\n+ok\r\n", ["ping", "pong", "ok"]),
        ("-ERR 'Authorization Violation'\r\n", ["error Authorization Violation"]),
        ("-ERR Stale\r\n", ["error Stale"]),
        ("-ERR\r\n", ["error "]),
        ("INFO {\"server_id\":\"N\",\"max_payload\":512} \r\n", ["info N 512"]),
        ("MSG a.b 1 5\r\nhello\r\n", ["message a.b 1 - - hello"]),
        ("MSG a.b 1 reply.to 5\r\nhello\r\n", ["message a.b 1 reply.to - hello"]),
        ("MSG\ta.b \t 12   reply.to  0002\t\r\nhi\r\n", ["message a.b 12 reply.to - hi"]),
        ("MSG a 1 0\r\n\r\nMSG a 2 2\r\n\r\n\r\n", ["message a 1 - - ", "message a 2 - - \r\n"]),
        (
            "HMSG a 7 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
            ["message a 7 - NATS/1.0 503\r\n\r\n "]
        ),
        (
            "HMSG a 7 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n",
            ["message a 7 r NATS/1.0\r\n\r\n hi", "ping"]
        ),
        ("HMSG a 7 0 2\r\nhi\r\n", ["message a 7 - - hi"]),
        ("MSG é 1 2\r\n\u{e9}\r\n", ["message é 1 - - é"]),
    ]

    @Test(
        "operations are read as a whole, byte by byte, and split in two at every place",
        arguments: transcripts
    )
    func operations(input: String, expected: [String]) throws {
        let bytes = Array(input.utf8)
        #expect(try read([bytes]) == expected)
        #expect(try read(bytes.map { [$0] }) == expected)
        for split in 1..<bytes.count {
            #expect(try read([Array(bytes[..<split]), Array(bytes[split...])]) == expected)
        }
    }

    @Test(
        "what breaks the protocol is an error that names it",
        arguments: [
            ("HELLO\r\n", "unknown operation: \"HELLO\""), ("\r\n", "unknown operation"),
            ("MSG\r\n", "malformed message"),
            ("MSG a 1\r\n", "malformed"), ("MSG a x 1\r\n", "malformed"), ("MSG a 1 r x 1\r\n", "malformed"),
            ("MSG a 1 -1\r\n", "malformed"), ("MSG a 1 +1\r\n", "malformed"),
            ("MSG a 1 9999999999999999999\r\n", "malformed"), ("HMSG a 1 5\r\n", "malformed"),
            ("HMSG a 1 6 5\r\n", "malformed"), ("HMSG a 1 r x 6 7\r\n", "malformed"),
            ("MSG a 1 2\r\nhixx", "another length"), ("MSG a 1 2\r\nhi\n\n", "another length"),
            ("INFO []\r\n", "no JSON object"), ("INFO {\r\n", "no JSON object"),
            ("INFO\r\n", "no JSON object"),
        ]
    )
    func errors(input: String, part: String) {
        #expect { try read([Array(input.utf8)]) } throws: { "\($0)".contains(part) }
        #expect { try read(input.utf8.map { [$0] }) } throws: { "\($0)".contains(part) }
    }

    @Test("lines and messages are taken up to their limit, not one byte beyond")
    func limits() throws {
        var limits = NATSParser.Limits()
        limits.controlLine = 10
        limits.payload = 3
        #expect(
            try read([Array("MSG abcd 1 3\r\nabc\r\n".utf8)], limits: roomier(limits, 12)) == [
                "message abcd 1 - - abc"
            ]
        )
        #expect { try read([Array("MSG abcd 1 4\r\nabcd\r\n".utf8)], limits: roomier(limits, 12)) } throws: {
            "\($0)".contains("4 bytes; 3 are the most")
        }
        #expect(try read([Array("PING      \r\n".utf8)], limits: limits) == ["ping"])
        #expect { try read([Array("PING       \n".utf8)], limits: limits) } throws: {
            "\($0)".contains("more than 10 bytes")
        }
        #expect { try read([Array("PING       ".utf8)], limits: limits) } throws: {
            "\($0)".contains("more than 10 bytes")
        }
    }

    @Test("the subject cache gives every message its own subject")
    func subjects() throws {
        var input = ""
        var expected: [String] = []
        for number in 0..<3000 {
            input += "MSG subject.\(number * 7 % 1001) 1 0\r\n\r\n"
            expected.append("message subject.\(number * 7 % 1001) 1 - - ")
        }
        #expect(try read([Array(input.utf8)]) == expected)
    }

    @Test("what is left over waits in storage of its own; slices that were taken stay as they are")
    func inboundBuffer() {
        var inbound = InboundBuffer()
        inbound.append(ByteBuffer(string: "abcde"), awaited: 0)
        let slice = inbound.bytes.readSlice(length: 3) ?? ByteBuffer()
        inbound.settle()
        inbound.append(ByteBuffer(string: "fgh"), awaited: 100)
        #expect(String(buffer: inbound.bytes) == "defgh")
        #expect(inbound.bytes.capacity >= 100)
        inbound.settle()
        inbound.append(ByteBuffer(string: "i"), awaited: 100)
        #expect(String(buffer: inbound.bytes) == "defghi")
        #expect(String(buffer: slice) == "abc")
    }

    private func roomier(_ limits: NATSParser.Limits, _ line: Int) -> NATSParser.Limits {
        var limits = limits
        limits.controlLine = line
        return limits
    }

    /// Feeds reads through the buffer that a connection uses.
    private func read(_ reads: [[UInt8]], limits: NATSParser.Limits = .init()) throws -> [String] {
        var parser = NATSParser(limits: limits)
        var inbound = InboundBuffer()
        var operations: [String] = []
        for bytes in reads {
            inbound.append(ByteBuffer(bytes: bytes), awaited: parser.awaitedBytes)
            while let operation = try parser.next(from: &inbound.bytes) {
                operations.append(describe(operation))
            }
            inbound.settle()
        }
        return operations
    }

    private func describe(_ operation: NATSServerOperation) -> String {
        switch operation {
        case .ping: return "ping"
        case .pong: return "pong"
        case .ok: return "ok"
        case .error(let text): return "error \(text)"
        case .info(let info): return "info \(info.serverID) \(info.maximumPayload)"
        case .message(let sid, let message):
            let headers = message.headers.map { String(buffer: $0.block) } ?? "-"
            let reply = message.reply?.text ?? "-"
            return "message \(message.subject) \(sid) \(reply) \(headers) \(String(buffer: message.payload))"
        }
    }
}
