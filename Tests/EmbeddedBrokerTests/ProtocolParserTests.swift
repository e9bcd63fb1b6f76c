import NIOCore
import Testing

@testable import EmbeddedBroker

/// What a parser makes of an input.
struct ParserCase: Sendable, CustomTestStringConvertible {
    var input: String
    var events: [String] = []
    var failure: ProtocolFailure?
    /// How many bytes wait for more.
    var left = 0
    /// Whether CONNECT must come first.
    var demandsConnect = false

    var testDescription: String { input.debugDescription }
}

@Suite("protocol parser")
struct ProtocolParserTests {
    static let limits = ProtocolParser.Limits(controlLine: 64, payload: 100)

    static let good: [ParserCase] = [
        ParserCase(input: "PING\r\n", events: ["ping"]),
        ParserCase(input: "ping\n", events: ["ping"]),
        ParserCase(input: "PING anything at all\r\nPONG\r\n", events: ["ping", "pong"]),
        ParserCase(input: "PING\rPING\r\n", events: ["ping"]),
        ParserCase(input: "+OK\r\n+okay\r\nPING\r\n", events: ["ping"]),
        ParserCase(input: "INFO {\"port\":1}\r\nPING\r\n", events: ["ping"]),
        ParserCase(input: "CONNECT {}\r\n", events: ["connect {}"]),
        ParserCase(input: "connect{}\n", events: ["connect {}"]),
        ParserCase(input: "SUB a.b 1\r\n", events: ["subscribe a.b queue= sid=1"]),
        ParserCase(input: "sub\t a  q \t 12 \r\n", events: ["subscribe a queue=q sid=12"]),
        ParserCase(input: "UNSUB 1\r\n", events: ["unsubscribe 1 max=0"]),
        ParserCase(
            input: "UNSUB 1 5\r\nUNSUB 1 -5\r\nUNSUB 1 x\r\n",
            events: [5, 0, 0].map { "unsubscribe 1 max=\($0)" }
        ),
        ParserCase(
            input: "PUB a 2\r\nhi\r\n",
            events: ["publish a reply= headers=0 size=2 tail=2\r\nhi\r\n"]
        ),
        ParserCase(
            input: "PUB a b 2\r\nhi\r\n",
            events: ["publish a reply=b headers=0 size=2 tail=b 2\r\nhi\r\n"]
        ),
        ParserCase(
            input: "PUB a 12 2\r\nhi\r\n",
            events: ["publish a reply=12 headers=0 size=2 tail=12 2\r\nhi\r\n"]
        ),
        ParserCase(
            input: "pub \t a \t b  0002 \nhi\r\n",
            events: ["publish a reply=b headers=0 size=2 tail=b 0002\r\nhi\r\n"]
        ),
        ParserCase(
            input: "PUB a 0\r\n\r\nPUB b 6\r\nPING\r\n\r\n",
            events: [
                "publish a reply= headers=0 size=0 tail=0\r\n\r\n",
                "publish b reply= headers=0 size=6 tail=6\r\nPING\r\n\r\n",
            ]
        ),
        ParserCase(
            input: "CONNECT {}\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
            events: [
                "connect {}", "publish a reply= headers=12 size=14 tail=12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
            ]
        ),
        ParserCase(
            input: "CONNECT {}\r\nHPUB a b 0 2\r\nhi\r\nHPUB a 0 2\r\nhi\r\n",
            events: [
                "connect {}", "publish a reply=b headers=0 size=2 tail=b 2\r\nhi\r\n",
                "publish a reply= headers=0 size=2 tail=2\r\nhi\r\n",
            ]
        ),
        ParserCase(
            input: "CONNECT {}\r\nHPUB a  b 2 3\r\nhi!\r\n",
            events: ["connect {}", "publish a reply=b headers=2 size=3 tail=b 2 3\r\nhi!\r\n"]
        ),
        ParserCase(
            input: "PUB a 100\r\n\(String(repeating: "x", count: 100))\r\n",
            events: [
                "publish a reply= headers=0 size=100 tail=100\r\n\(String(repeating: "x", count: 100))\r\n"
            ]
        ),
        ParserCase(
            input: "SUB \(String(repeating: "a", count: 62)) 1\r\n",
            events: ["subscribe \(String(repeating: "a", count: 62)) queue= sid=1"]
        ),
        ParserCase(input: "CONNECT {}\r\nPING\r\n", events: ["connect {}", "ping"], demandsConnect: true),
    ]

    static let incomplete: [ParserCase] = [
        ParserCase(input: ""),
        ParserCase(input: "P", left: 1),
        ParserCase(input: "PING\r", left: 4),
        ParserCase(input: "PING and more", left: 4),
        ParserCase(input: "PING\r\nSUB a", events: ["ping"], left: 5),
        ParserCase(input: "SUB a 1\r", left: 8),
        ParserCase(input: "PUB a 5\r\n", left: 9),
        ParserCase(input: "PUB a 5\r\nhell", left: 13),
        ParserCase(input: "PUB a 5\r\nhello\r", left: 15),
        ParserCase(input: "SUB \(String(repeating: "a", count: 64))\r", left: 69),
    ]

    static let bad: [ParserCase] = [
        ParserCase(input: "\r\n", failure: .unknownOperation),
        ParserCase(input: " PING\r\n", failure: .unknownOperation),
        ParserCase(input: "X", failure: .unknownOperation),
        ParserCase(input: "PX", failure: .unknownOperation),
        ParserCase(input: "PUBa", failure: .unknownOperation),
        ParserCase(input: "PUB\r\n", failure: .unknownOperation),
        ParserCase(input: "GET / HTTP/1.1\r\n\r\n", failure: .unknownOperation),
        ParserCase(input: "MSG a 1 2\r\nhi\r\n", failure: .unknownOperation),
        ParserCase(input: "PING\r\nPUB a 2\r\nhiX", events: ["ping"], failure: .unknownOperation),
        ParserCase(input: "PUB a 2\r\nhi\n\n", failure: .unknownOperation),
        ParserCase(input: "PUB a 2\r\nhi\rX", failure: .unknownOperation),
        ParserCase(input: "PUB a\r\n", failure: .badArguments),
        ParserCase(input: "PUB \r\n", failure: .badArguments),
        ParserCase(input: "PUB a b c 2\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "PUB a -2\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "PUB a +2\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "PUB a 2x\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "PUB a 0000000002\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "PUB a 99999999999999999999\r\n", failure: .badArguments),
        ParserCase(input: "PUB a 101\r\n", failure: .payloadTooLarge),
        ParserCase(input: "PUB a 999999999\r\n", failure: .payloadTooLarge),
        ParserCase(input: "HPUB a 2 2\r\nhi\r\n", failure: .badArguments),
        ParserCase(input: "CONNECT {}\r\nHPUB a 3 2\r\n", events: ["connect {}"], failure: .badArguments),
        ParserCase(input: "CONNECT {}\r\nHPUB a 2\r\n", events: ["connect {}"], failure: .badArguments),
        ParserCase(
            input: "CONNECT {}\r\nHPUB a 2 101\r\n",
            events: ["connect {}"],
            failure: .payloadTooLarge
        ),
        ParserCase(input: "SUB a\r\n", failure: .badArguments),
        ParserCase(input: "SUB a b c d\r\n", failure: .badArguments),
        ParserCase(input: "SUB a b c d e f g\r\n", failure: .badArguments),
        ParserCase(input: "UNSUB \r\n", failure: .badArguments),
        ParserCase(input: "INFO []\r\n", failure: .badArguments),
        ParserCase(input: "-ERR 'x'\r\n", failure: .clientError),
        ParserCase(input: "-ERRx\r\n", failure: .unknownOperation),
        ParserCase(input: "SUB \(String(repeating: "a", count: 63)) 1\r\n", failure: .controlLineTooLong),
        ParserCase(input: "SUB \(String(repeating: "a", count: 65))", failure: .controlLineTooLong),
        ParserCase(input: "PING\r\n", failure: .connectExpected, demandsConnect: true),
        ParserCase(input: "PUB a 2\r\nhi\r\n", failure: .connectExpected, demandsConnect: true),
    ]

    @Test(
        "each input gives its events, its failure, and leaves what is not complete",
        arguments: good + incomplete + bad
    )
    func whole(example: ParserCase) {
        check(example, splitting: [example.input.utf8.count])
    }

    @Test("the same comes out byte by byte", arguments: good + incomplete + bad)
    func byteByByte(example: ParserCase) {
        check(example, splitting: Array(repeating: 1, count: example.input.utf8.count))
    }

    @Test("the same comes out in random pieces", arguments: good + incomplete + bad)
    func randomPieces(example: ParserCase) {
        var random = SplitMix(seed: 7)
        for _ in 0..<20 {
            var pieces: [Int] = []
            while pieces.reduce(0, +) < example.input.utf8.count {
                pieces.append(Int.random(in: 1...9, using: &random))
            }
            check(example, splitting: pieces)
        }
    }

    @Test("many operations one after the other come out the same in pieces of any size")
    func longStream() throws {
        var random = SplitMix(seed: 42)
        let inputs = Self.good.filter { !$0.demandsConnect }
        let stream = (0..<400).map { _ in inputs[Int.random(in: 0..<inputs.count, using: &random)] }
        let bytes = Array("CONNECT {}\r\n".utf8) + stream.flatMap { Array($0.input.utf8) }
        let expected = ["connect {}"] + stream.flatMap(\.events)
        for size in [1, 2, 3, 7, 64, 1000, bytes.count] {
            let sink = RecordingSink()
            var parser = ProtocolParser(limits: Self.limits)
            var offset = 0
            while offset < bytes.count {
                let end = min(bytes.count, offset + size)
                try parser.receive(ByteBuffer(bytes: bytes[offset..<end]), into: sink)
                offset = end
            }
            #expect(sink.events == expected, "in pieces of \(size)")
            #expect(parser.bufferedBytes == 0)
        }
    }

    @Test("what a peer sends after PING is not kept")
    func boundedPing() throws {
        var parser = ProtocolParser(limits: Self.limits)
        let sink = RecordingSink()
        try parser.receive(ByteBuffer(string: "PING"), into: sink)
        for _ in 0..<1000 { try parser.receive(ByteBuffer(string: "xxxxxxxxxxxxxxxx"), into: sink) }
        #expect(parser.bufferedBytes == 4)
        try parser.receive(ByteBuffer(string: "\nPONG\r\n"), into: sink)
        #expect(sink.events == ["ping", "pong"])
    }

    @Test("a refused CONNECT ends the reading")
    func refused() {
        var parser = ProtocolParser(limits: Self.limits)
        let sink = RecordingSink()
        sink.verdict = .refused
        #expect(throws: ProtocolFailure.refused) {
            try parser.receive(ByteBuffer(string: "CONNECT {}\r\nPING\r\n"), into: sink)
        }
        #expect(sink.events == ["connect {}"])
    }

    private func check(_ example: ParserCase, splitting pieces: [Int]) {
        let sink = RecordingSink()
        var parser = ProtocolParser(limits: Self.limits, demandsConnect: example.demandsConnect)
        var failure: ProtocolFailure?
        var rest = Array(example.input.utf8)[...]
        for piece in pieces where failure == nil && !rest.isEmpty {
            do {
                try parser.receive(ByteBuffer(bytes: rest.prefix(piece)), into: sink)
            } catch {
                failure = error
            }
            rest = rest.dropFirst(piece)
        }
        #expect(sink.events == example.events)
        #expect(failure == example.failure)
        if failure == nil { #expect(parser.bufferedBytes == example.left) }
    }
}
