import NIOCore
import Testing

@testable import WebServer

/// Frames of a client in a notation of one line each, and what the parser makes of them.
@Suite("WebSocket frames")
struct WebSocketParserTests {
    @Test(
        "messages and control frames are read, in any split of the bytes",
        arguments: [
            ([Frame(.text, "hello")], ["text hello"]),
            ([Frame(.text, "")], ["text "]),
            ([Frame(.binary, "\u{0}\u{1}")], ["binary \u{0}\u{1}"]),
            ([Frame(.text, "a"), Frame(.text, "b")], ["text a", "text b"]),
            ([Frame(.text, "a", isFinal: false), Frame(.continuation, "b")], ["text ab"]),
            (
                [
                    Frame(.text, "", isFinal: false), Frame(.continuation, "", isFinal: false),
                    Frame(.continuation, ""),
                ],
                ["text "]
            ),
            (
                [
                    Frame(.text, "a", isFinal: false), Frame(.ping, "p"),
                    Frame(.continuation, "b", isFinal: false),
                    Frame(.pong, "q"), Frame(.continuation, "c"), Frame(.text, "d"),
                ],
                ["ping p", "pong", "text abc", "text d"]
            ),
            (
                [Frame(.ping, String(repeating: "p", count: 125))],
                ["ping " + String(repeating: "p", count: 125)]
            ),
            (
                [Frame(.text, String(repeating: "x", count: 126))],
                ["text " + String(repeating: "x", count: 126)]
            ),
            ([Frame(.close, bytes: [])], ["close none"]),
            ([Frame(.close, bytes: [0x03, 0xe8])], ["close 1000"]),
            ([Frame(.close, bytes: [0x03, 0xe8] + Array("bye \u{20ac}".utf8))], ["close 1000"]),
            (
                [Frame(.text, "gr\u{fc}\u{df}e \u{20ac} \u{10348}")],
                ["text gr\u{fc}\u{df}e \u{20ac} \u{10348}"]
            ),
            (
                [Frame(.text, bytes: [0xe2], isFinal: false), Frame(.continuation, bytes: [0x82, 0xac])],
                ["text \u{20ac}"]
            ),
        ]
    )
    func wellFormed(frames: [Frame], expected: [String]) {
        for events in Frame.eventsOfEverySplit(frames) { #expect(events == expected) }
    }

    @Test(
        "what breaks the protocol is told with the close code that says how",
        arguments: [
            ([Frame(.text, "a", reserved: 0x40)], ["failure 1002"]),
            ([Frame(.text, "a", reserved: 0x20)], ["failure 1002"]),
            ([Frame(.ping, "a", reserved: 0x10)], ["failure 1002"]),
            ([Frame(opcode: 3)], ["failure 1002"]),
            ([Frame(opcode: 7)], ["failure 1002"]),
            ([Frame(opcode: 11)], ["failure 1002"]),
            ([Frame(opcode: 15)], ["failure 1002"]),
            ([Frame(.text, "a", isMasked: false)], ["failure 1002"]),
            ([Frame(.text, "a", lengthForm: 126)], ["failure 1002"]),
            ([Frame(.text, "a", lengthForm: 127)], ["failure 1002"]),
            ([Frame(.ping, String(repeating: "p", count: 126))], ["failure 1002"]),
            ([Frame(.ping, "p", isFinal: false)], ["failure 1002"]),
            ([Frame(.continuation, "a")], ["failure 1002"]),
            ([Frame(.text, "a"), Frame(.continuation, "b")], ["text a", "failure 1002"]),
            ([Frame(.text, "a", isFinal: false), Frame(.text, "b")], ["failure 1002"]),
            ([Frame(.text, "a", isFinal: false), Frame(.binary, "b")], ["failure 1002"]),
            ([Frame(.close, bytes: [3])], ["failure 1002"]),
            ([Frame(.close, bytes: [3, 0xe8, 0xff])], ["failure 1007"]),
            ([Frame(.close, bytes: [3, 0xe8, 0xe2, 0x82])], ["failure 1007"]),
            ([Frame(.text, bytes: [0xff])], ["failure 1007"]),
            ([Frame(.text, bytes: [0xe2, 0x82])], ["failure 1007"]),
            ([Frame(.text, bytes: [0xe2], isFinal: false), Frame(.continuation, "a")], ["failure 1007"]),
        ]
    )
    func malformed(frames: [Frame], expected: [String]) {
        for events in Frame.eventsOfEverySplit(frames) { #expect(events == expected) }
    }

    @Test("close codes that may be sent are taken, all others are refused")
    func closeCodes() {
        let valid: [UInt16] = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ]
        let invalid: [UInt16] = [
            0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
        ]
        for code in valid {
            #expect(Frame(.close, bytes: [UInt8(code >> 8), UInt8(code & 0xff)]).events == ["close \(code)"])
        }
        for code in invalid {
            #expect(Frame(.close, bytes: [UInt8(code >> 8), UInt8(code & 0xff)]).events == ["failure 1002"])
        }
    }

    @Test(
        "every form of a length is read",
        arguments: [0, 1, 7, 8, 9, 125, 126, 127, 128, 65535, 65536, 65537, 200_000]
    )
    func lengths(count: Int) {
        let text = String((0..<count).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        #expect(Frame(.text, text).events == ["text " + text])
    }

    @Test("a length with its highest bit set is refused")
    func negativeLength() {
        var input = ByteBuffer(bytes: [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4])
        var parser = WebSocketParser(limits: WebSocketLimits())
        #expect(parser.next(&input) == .failure(.longLength))
    }

    @Test("a message at the limit is read, one byte more is refused with 1009 before it is sent")
    func messageLimit() {
        var limits = WebSocketLimits()
        limits.maximumMessage = 10
        #expect(Frame.events(of: [Frame(.text, "0123456789")], limits) == ["text 0123456789"])
        #expect(Frame.events(of: [Frame(.text, "0123456789a")], limits) == ["failure 1009"])
        let head = Array(Frame(.text, "0123456789a").bytes.prefix(6))
        #expect(Frame.events(ofBytes: head, limits) == ["failure 1009"])
        let parts = [Frame(.text, "01234", isFinal: false), Frame(.continuation, "56789")]
        #expect(Frame.events(of: parts, limits) == ["text 0123456789"])
        let more = [Frame(.text, "01234", isFinal: false), Frame(.continuation, "56789a")]
        #expect(Frame.events(of: more, limits) == ["failure 1009"])
    }

    @Test("a text that cannot be UTF-8 any more is refused before its frame has arrived whole")
    func failsFast() {
        let frame = Frame(.text, bytes: Array("abc".utf8) + [0xed, 0xa0] + Array("more".utf8))
        #expect(Frame.events(ofBytes: Array(frame.bytes.prefix(2 + 4 + 4)), WebSocketLimits()) == [])
        #expect(
            Frame.events(ofBytes: Array(frame.bytes.prefix(2 + 4 + 5)), WebSocketLimits()) == ["failure 1007"]
        )
    }

    @Test("a whole message is unmasked whatever the key and however many bytes come at a time")
    func masks() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let text = String(
                (0..<Int.random(in: 0...300)).map { _ in "abc\u{e9}\u{20ac}x".randomElement() ?? "x" }
            )
            let frame = Frame(.text, text, key: random.next())
            let step = Int.random(in: 1...40)
            var parser = WebSocketParser(limits: WebSocketLimits())
            var events: [String] = []
            for start in stride(from: 0, to: frame.bytes.count, by: step) {
                let piece = frame.bytes[start..<min(start + step, frame.bytes.count)]
                events += Frame.drain(&parser, Array(piece))
            }
            #expect(events == ["text " + text])
        }
    }
}

@Suite("UTF-8 that arrives in pieces")
struct UTF8ValidatorTests {
    @Test(
        "text is taken or refused as RFC 3629 says",
        arguments: [
            ([0x00], true), ([0x7f], true), ([0x80], false), ([0xbf], false), ([0xc0, 0x80], false),
            ([0xc1, 0xbf], false), ([0xc2, 0x80], true), ([0xdf, 0xbf], true), ([0xc2, 0x7f], false),
            ([0xe0, 0x9f, 0xbf], false), ([0xe0, 0xa0, 0x80], true), ([0xed, 0x9f, 0xbf], true),
            ([0xed, 0xa0, 0x80], false), ([0xee, 0x80, 0x80], true), ([0xef, 0xbf, 0xbf], true),
            ([0xf0, 0x8f, 0xbf, 0xbf], false), ([0xf0, 0x90, 0x80, 0x80], true),
            ([0xf4, 0x8f, 0xbf, 0xbf], true),
            ([0xf4, 0x90, 0x80, 0x80], false), ([0xf5, 0x80, 0x80, 0x80], false), ([0xfe], false),
            ([0xff], false),
            ([0xe2, 0x82], false), ([0xf0, 0x9f, 0x98], false), ([0xc3], false),
            ([0x61, 0xe2, 0x82, 0xac, 0x62], true), ([0xe2, 0x82, 0xac, 0xac], false),
        ] as [([UInt8], Bool)]
    )
    func table(bytes: [UInt8], isText: Bool) {
        var whole = UTF8Validator()
        #expect((whole.consume(bytes.span, from: 0) && whole.isComplete) == isText)
        var pieces = UTF8Validator()
        let taken = bytes.allSatisfy { pieces.consume([$0].span, from: 0) }
        #expect((taken && pieces.isComplete) == isText)
    }
}

@Suite("WebSocket frames that are sent")
struct SharedFrameTests {
    @Test("a frame has the shortest header for its length", arguments: [0, 125, 126, 65535, 65536])
    func header(count: Int) {
        let text = [UInt8](repeating: 0x61, count: count)
        let header: [UInt8] =
            switch count {
            case 0...125: [0x81, UInt8(count)]
            case 126...65535: [0x81, 126, UInt8(count >> 8), UInt8(count & 0xff)]
            default: [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]
            }
        #expect(Array(buffer: SharedFrame(text: ByteBuffer(bytes: text)).bytes) == header + text)
        var roomy = SharedFrame.makeBuffer()
        roomy.writeBytes(text)
        #expect(Array(buffer: SharedFrame(text: roomy).bytes) == header + text)
    }

    @Test("framing leaves a text that others refer to as it is")
    func sharedText() {
        var text = SharedFrame.makeBuffer()
        text.writeString("hello")
        let other = text
        #expect(Array(buffer: SharedFrame(text: text).bytes) == [0x81, 5] + Array("hello".utf8))
        #expect(String(buffer: other) == "hello")
    }

    @Test("the reason of a close frame is cut at a character")
    func closeReason() {
        let frame = SharedFrame(closeCode: 1008, reason: String(repeating: "\u{20ac}", count: 42))
        #expect(Array(buffer: frame.bytes).prefix(4) == [0x88, 125, 0x03, 0xf0])
        #expect(frame.bytes.readableBytes == 2 + 2 + 123)
        #expect(Array(buffer: SharedFrame(closeCode: nil).bytes) == [0x88, 0])
    }

    @Test("frames are joined once for all connections that have the same ones pending")
    func joiner() {
        let frames = ["a", "b", "c"].map { SharedFrame(text: ByteBuffer(string: $0)) }
        var joiner = FrameJoiner()
        let all = joiner.join(frames[...], count: 9)
        #expect(Array(buffer: all) == [0x81, 1, 0x61, 0x81, 1, 0x62, 0x81, 1, 0x63])
        #expect(address(of: joiner.join(frames[...], count: 9)) == address(of: all))
        #expect(Array(buffer: joiner.join(frames[1...], count: 6)) == [0x81, 1, 0x62, 0x81, 1, 0x63])
        #expect(
            Array(buffer: joiner.join([frames[0], frames[2]], count: 6)) == [0x81, 1, 0x61, 0x81, 1, 0x63]
        )
        joiner.clear()
        let anew = joiner.join(frames[...], count: 9)
        #expect(anew == all && address(of: anew) != address(of: all))
    }

    private func address(of buffer: ByteBuffer) -> UInt {
        buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }
}

/// One frame as a client sends it, sound or not.
struct Frame: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]

    init(
        _ opcode: WebSocketOpcode,
        bytes payload: [UInt8],
        isFinal: Bool = true,
        reserved: UInt8 = 0,
        isMasked: Bool = true,
        lengthForm: UInt8? = nil,
        key: UInt32 = 0x1234_5678
    ) {
        bytes = [(isFinal ? 0x80 : 0) | reserved | opcode.rawValue]
        let form =
            lengthForm ?? (payload.count < 126 ? UInt8(payload.count) : payload.count < 65536 ? 126 : 127)
        bytes.append((isMasked ? 0x80 : 0) | form)
        let lengthBytes = form == 126 ? 2 : form == 127 ? 8 : 0
        for shift in (0..<lengthBytes).reversed() { bytes.append(UInt8(payload.count >> (8 * shift) & 0xff)) }
        let mask = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: key >> $0) }
        if isMasked { bytes += mask }
        bytes += payload.enumerated().map { isMasked ? $0.element ^ mask[$0.offset % 4] : $0.element }
    }

    init(
        _ opcode: WebSocketOpcode,
        _ text: String,
        isFinal: Bool = true,
        reserved: UInt8 = 0,
        isMasked: Bool = true,
        lengthForm: UInt8? = nil,
        key: UInt32 = 0x1234_5678
    ) {
        self.init(
            opcode,
            bytes: Array(text.utf8),
            isFinal: isFinal,
            reserved: reserved,
            isMasked: isMasked,
            lengthForm: lengthForm,
            key: key
        )
    }

    init(opcode: UInt8) {
        bytes = [0x80 | opcode, 0x80, 1, 2, 3, 4]
    }

    var testDescription: String {
        bytes.prefix(16).map { String($0, radix: 16) }.joined(separator: " ")
    }

    var events: [String] { Frame.events(of: [self], WebSocketLimits()) }

    static func events(of frames: [Frame], _ limits: WebSocketLimits) -> [String] {
        events(ofBytes: frames.flatMap(\.bytes), limits)
    }

    static func events(ofBytes bytes: [UInt8], _ limits: WebSocketLimits) -> [String] {
        var parser = WebSocketParser(limits: limits)
        return drain(&parser, bytes)
    }

    /// The events of the bytes as one piece, byte by byte, and in two pieces at every place.
    static func eventsOfEverySplit(_ frames: [Frame]) -> [[String]] {
        let bytes = frames.flatMap(\.bytes)
        var splits = [[bytes], bytes.map { [$0] }]
        for index in bytes.indices { splits.append([Array(bytes[..<index]), Array(bytes[index...])]) }
        return splits.map { pieces in
            var parser = WebSocketParser(limits: WebSocketLimits())
            var events: [String] = []
            for piece in pieces where events.last?.hasPrefix("failure") != true {
                events += drain(&parser, piece)
            }
            return events
        }
    }

    static func drain(_ parser: inout WebSocketParser, _ bytes: [UInt8]) -> [String] {
        var input = ByteBuffer(bytes: bytes)
        var events: [String] = []
        while true {
            switch parser.next(&input) {
            case .incomplete: return events
            case .message(let message, let isText):
                events.append((isText ? "text " : "binary ") + String(buffer: message))
            case .ping(let payload): events.append("ping " + String(buffer: payload))
            case .pong: events.append("pong")
            case .close(let code): return events + ["close \(code.map { "\($0)" } ?? "none")"]
            case .failure(let error): return events + ["failure \(error.code)"]
            }
        }
    }
}
