import NIOCore
import RESProtocol
import Testing

@testable import WebServer

/// Sound input with bytes changed, taken out, doubled and cut at random: whatever comes, parsers neither trap
/// nor hang, and the
/// way the bytes are split does not matter. The seed is an argument, so a failure can be repeated.
@Suite("mutated input")
struct ParserFuzzTests {
    @Test("requests", arguments: 0..<16)
    func requests(seed: Int) {
        var random = MutatingGenerator(state: UInt64(seed))
        let sound = [
            "GET /api/test/model?q=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
            "POST /api/a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
            "PUT http://h/a HTTP/1.0\r\nConnection: keep-alive, x\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\n0\r\nT: 1\r\n\r\n",
        ]
        for _ in 0..<1500 {
            let text = sound[Int(random.next() % 4)] + sound[Int(random.next() % 4)]
            let bytes = random.mutate(Array(text.utf8))
            let cut = Int(random.next() % UInt64(bytes.count + 1))
            #expect(transcript([bytes]) == transcript([Array(bytes[..<cut]), Array(bytes[cut...])]))
        }
    }

    @Test("frames", arguments: 0..<16)
    func frames(seed: Int) {
        var random = MutatingGenerator(state: UInt64(seed))
        let sound = [
            Frame(.text, "hello \u{20ac}"), Frame(.ping, "p"), Frame(.text, "a", isFinal: false),
            Frame(.continuation, "b"),
            Frame(.binary, String(repeating: "x", count: 130)), Frame(.close, bytes: [3, 232]),
        ]
        for _ in 0..<1500 {
            let bytes = random.mutate((0..<3).flatMap { _ in sound[Int(random.next() % 6)].bytes })
            let cut = Int(random.next() % UInt64(bytes.count + 1))
            var whole = WebSocketParser(limits: WebSocketLimits())
            var split = WebSocketParser(limits: WebSocketLimits())
            let expected = Frame.drain(&whole, bytes)
            var events = Frame.drain(&split, Array(bytes[..<cut]))
            if events.last?.hasPrefix("failure") != true, events.last?.hasPrefix("close") != true {
                events += Frame.drain(&split, Array(bytes[cut...]))
            }
            #expect(events == expected)
        }
    }

    private func transcript(_ pieces: [[UInt8]]) -> [String] {
        var parser = HTTPParser(limits: HTTPLimits())
        var lines: [String] = []
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            loop: while true {
                switch parser.next() {
                case .incomplete: break loop
                case .continueExpected: continue
                case .request(let request, _):
                    lines.append("\(request.method) \(request.target) \(String(buffer: request.body))")
                case .failure(let error): return lines + ["\(error)"]
                }
            }
        }
        return lines
    }
}

/// A small generator of random numbers that a seed determines.
private struct MutatingGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int(next() % 4) where !bytes.isEmpty {
            let place = Int(next() % UInt64(bytes.count))
            switch next() % 4 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[place], at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }
}
