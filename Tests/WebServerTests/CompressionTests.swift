import NIOCore
import SocketTesting
import Testing

@testable import WebServer

/// permessage-deflate (RFC 7692): what is agreed on, and what goes over the wire.
@Suite("WebSocket compression")
struct CompressionTests {
    @Test(
        "an offer is taken with what both sides can keep, and one that cannot be kept is passed over",
        arguments: [
            (
                "permessage-deflate",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            ),
            (
                "PerMessage-Deflate",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            ),
            (
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            ),
            (
                "permessage-deflate; client_max_window_bits=10",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10"
            ),
            (
                "permessage-deflate; server_max_window_bits=\"10\"",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10"
            ),
            (
                "x-other, permessage-deflate; server_max_window_bits=8, permessage-deflate",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            ),
            ("permessage-deflate; server_max_window_bits=8", nil),
            ("permessage-deflate; server_max_window_bits", nil),
            ("permessage-deflate; server_max_window_bits=16", nil),
            ("permessage-deflate; server_max_window_bits=09", nil),
            ("permessage-deflate; client_max_window_bits=7", nil), ("permessage-deflate; unknown", nil),
            ("permessage-deflate; client_no_context_takeover=1", nil),
            ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", nil),
            ("permessage-bzip2", nil), ("", nil), ("permessage-deflate;", nil),
        ]
    )
    func offers(offer: String, answer: String?) {
        #expect(CompressionAgreement(accepting: [offer], with: CompressionOptions())?.header == answer)
    }

    @Test("context is taken over where the server is set up for it and the client does not object")
    func takeover() {
        var options = CompressionOptions()
        options.serverTakesContextOver = true
        options.clientTakesContextOver = true
        let header = { CompressionAgreement(accepting: [$0], with: options)?.header }
        #expect(header("permessage-deflate") == "permessage-deflate")
        #expect(
            header("permessage-deflate; server_no_context_takeover; client_no_context_takeover")
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        )
    }

    @Test(
        "a message comes back whole, whatever its size and the window",
        arguments: [9, 12, 15],
        [0, 1, 64, 300, 70_000]
    )
    func roundTrip(windowBits: Int, size: Int) throws {
        let deflater = try #require(Deflater(windowBits: windowBits, level: 1))
        let inflater = try #require(Inflater())
        for keepsContext in [false, true] {
            for round in 0..<3 {
                let message = ByteBuffer(
                    bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + round) }
                )
                var compressed = ByteBuffer()
                deflater.deflate(message, into: &compressed, keepsContext: keepsContext)
                #expect(compressed.readableBytes > 0)
                let back = try inflater.inflate(compressed, limit: size, keepsContext: keepsContext)
                #expect(back == message)
            }
        }
    }

    @Test("a message may be as long as the limit and not a byte longer, however small it comes")
    func limit() throws {
        let deflater = try #require(Deflater(windowBits: 15, level: 9))
        let inflater = try #require(Inflater())
        var bomb = ByteBuffer()
        deflater.deflate(ByteBuffer(repeating: 0, count: 1 << 20), into: &bomb, keepsContext: false)
        #expect(bomb.readableBytes < 2_000)
        #expect(throws: Inflater.Failure.tooLarge) {
            try inflater.inflate(bomb, limit: (1 << 20) - 1, keepsContext: false)
        }
        // What was refused leaves nothing behind.
        #expect(try inflater.inflate(bomb, limit: 1 << 20, keepsContext: false).readableBytes == 1 << 20)
    }

    @Test(
        "bytes that are no DEFLATE stream are refused",
        arguments: [[0xff], [0x00, 0x01], [0x06, 0xff, 0xff]] as [[UInt8]]
    )
    func malformed(bytes: [UInt8]) throws {
        let inflater = try #require(Inflater())
        #expect(throws: Inflater.Failure.malformed) {
            try inflater.inflate(ByteBuffer(bytes: bytes), limit: 100, keepsContext: false)
        }
    }

    @Test("a frame for many clients is compressed once, and a small one never")
    func once() {
        let compressor = FrameCompressor(CompressionOptions())
        let frame = SharedFrame(text: ByteBuffer(string: String(repeating: "abc", count: 100)))
        let first = compressor.compressed(frame, windowBits: 15)
        #expect(first !== frame)
        #expect(compressor.compressed(frame, windowBits: 15) === first)
        let small = SharedFrame(text: ByteBuffer(string: String(repeating: "a", count: 64)))
        #expect(compressor.compressed(small, windowBits: 15) === small)
        let atThreshold = SharedFrame(text: ByteBuffer(string: String(repeating: "a", count: 65)))
        #expect(compressor.compressed(atThreshold, windowBits: 15) !== atThreshold)
    }

    @Test("what does not get smaller is sent as it is")
    func incompressible() {
        var generator = SystemRandomNumberGenerator()
        let noise = ByteBuffer(bytes: (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let frame = SharedFrame(binary: noise)
        #expect(FrameCompressor(CompressionOptions()).compressed(frame, windowBits: 15) === frame)
    }

    @Test("over the wire: the agreement, a compressed message and its compressed echo")
    func wire() throws {
        let server = try TestServer { $0.compression = CompressionOptions() }
        let client = try SocketClient(port: server.port)
        client.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        let answer = client.receive(through: "\r\n\r\n")
        #expect(
            answer.contains(
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
            )
        )
        let text = String(repeating: "hello ", count: 50)
        let deflater = try #require(Deflater(windowBits: 15, level: 1))
        var compressed = ByteBuffer()
        deflater.deflate(ByteBuffer(string: text), into: &compressed, keepsContext: false)
        let bytes = Array(compressed.readableBytesView)
        client.send([0xc1, 0x80 | UInt8(bytes.count), 0, 0, 0, 0] + bytes)
        let header = client.receive(exactly: 2)
        #expect(header.first == 0xc1)
        let echo = client.receive(exactly: Int(header[1]))
        let inflater = try #require(Inflater())
        let back = try inflater.inflate(ByteBuffer(bytes: echo), limit: 1_000, keepsContext: false)
        #expect(String(buffer: back) == text)
    }

    @Test("a compressed mark without an agreement, or on a frame that cannot have it, breaks the protocol")
    func marks() throws {
        let compressed: [UInt8] = [0xc1, 0x81, 0, 0, 0, 0, 0]
        var plain = WebSocketParser(limits: WebSocketLimits())
        var bytes = ByteBuffer(bytes: compressed)
        #expect(plain.next(&bytes) == .failure(.reservedBits))
        for first: UInt8 in [0xc0, 0xc8, 0xc9, 0xe1, 0x91] {
            var parser = WebSocketParser(
                limits: WebSocketLimits(),
                compression: IncomingCompression(keepsContext: false, shared: SharedInflater())
            )
            var frame = ByteBuffer(bytes: [first, 0x80, 0, 0, 0, 0])
            #expect(parser.next(&frame) == .failure(.reservedBits), "\(first)")
        }
    }

    @Test("a compressed text is checked for UTF-8, and its limit is that of what it holds")
    func contents() throws {
        let deflater = try #require(Deflater(windowBits: 15, level: 9))
        func parse(_ message: [UInt8], limit: Int) -> WebSocketParser.Event {
            var limits = WebSocketLimits()
            limits.maximumMessage = limit
            var parser = WebSocketParser(
                limits: limits,
                compression: IncomingCompression(keepsContext: false, shared: SharedInflater())
            )
            var compressed = ByteBuffer()
            deflater.deflate(ByteBuffer(bytes: message), into: &compressed, keepsContext: false)
            var frame = ByteBuffer(bytes: [0xc1, 0x80 | UInt8(compressed.readableBytes), 0, 0, 0, 0])
            frame.writeBuffer(&compressed)
            return parser.next(&frame)
        }
        let long = [UInt8](repeating: 0x61, count: 1_000)
        #expect(parse(long, limit: 1_000) == .message(ByteBuffer(bytes: long), isText: true))
        #expect(parse(long, limit: 999) == .failure(.messageTooLarge))
        #expect(parse([0x61, 0xff], limit: 100) == .failure(.invalidText))
        #expect(parse([0x61, 0xc3], limit: 100) == .failure(.invalidText))
    }
}
