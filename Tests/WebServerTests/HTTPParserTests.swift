import NIOCore
import Testing

@testable import WebServer

/// Requests as bytes, and what the parser makes of them, in one line each.
@Suite("HTTP/1.1 requests")
struct HTTPParserTests {
    @Test(
        "a well-formed request is read, at once and byte by byte",
        arguments: [
            (
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / [Host=a] keep"
            ),
            (
                "GET /api/library/books?limit=5&x=%zz HTTP/1.1\r\nhost:a:80\r\n\r\n",
                "GET /api/library/books ?limit=5&x=%zz [host=a:80] keep"
            ),
            (
                "GET /a? HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a ? [Host=a] keep"
            ),
            (
                "GET http://example.com:8080/a/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /a/b ?c [Host=a] keep"
            ),
            (
                "GET HTTPS://example.com?c HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET  ?c [Host=a] keep"
            ),
            (
                "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                "OPTIONS * [Host=a] keep"
            ),
            (
                "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
                "CONNECT  [Host=a] keep"
            ),
            (
                "BREW /pot HTTP/1.1\r\nHost: \r\n\r\n",
                "BREW /pot [Host=] keep"
            ),
            (
                "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / [Host=a] keep"
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nA: \t b c\t \r\nB:\r\na: d\r\n\r\n",
                "GET / [Host=a|A=b c|B=|a=d] keep"
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
                "GET / [Host=a|Connection=foo, Close] close"
            ),
            (
                "GET / HTTP/1.0\r\n\r\n",
                "GET / [] close 1.0"
            ),
            (
                "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                "GET / [Connection=Keep-Alive] keep 1.0"
            ),
            (
                "GET / HTTP/1.7\r\nHost: a\r\n\r\n",
                "GET / [Host=a] keep"
            ),
            (
                "GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n",
                "GET /caf\u{e9} [Host=a|X=\u{e9}] keep"
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                "POST /a [Host=a|Content-Length=5] keep hello"
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                "POST /a [Host=a|Content-Length=0] keep"
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                    + "3\r\nabc\r\n0A ;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
                "POST /a [Host=a|Transfer-Encoding=Chunked] keep abc0123456789"
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n000\r\nT: 1\r\n\r\n",
                "POST /a [Host=a|Transfer-Encoding=chunked] keep x"
            ),
            (
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /3 HTTP/1.1\r\n"
                    + "Host: a\r\n\r\n",
                "GET /1 [Host=a] keep / POST /2 [Host=a|Content-Length=1] keep x / GET /3 [Host=a] keep"
            ),
            (
                "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi",
                "POST /a [Host=a|Expect=100-Continue|Content-Length=2] keep hi"
            ),
            (
                "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
                "GET /ws [Host=a|Upgrade=websocket] keep upgrade"
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\n", "…"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "…"),
        ]
    )
    func wellFormed(bytes: String, expected: String) {
        for output in Transcript.ofEverySplit(bytes) { #expect(output == expected) }
    }

    @Test(
        "what is no request is refused with the status that says why",
        arguments: [
            ("GET /\r\n\r\n", 400),
            ("GET / HTTP/1.1 \r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\n\r\n", 400),
            (" GET / HTTP/1.1\r\n\r\n", 400),
            ("GET /a b HTTP/1.1\r\n\r\n", 400),
            ("G@T / HTTP/1.1\r\n\r\n", 400),
            ("GET / http/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.10\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\n\r\n", 505),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("GET / HTTP/0.9\r\n\r\n", 505),
            ("GET /\u{1} HTTP/1.1\r\n\r\n", 400),
            ("GET api HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET ftp://host/a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
            ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA(: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: b\0\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
            ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                400
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{b}chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417),
        ]
    )
    func malformed(bytes: String, status: Int) {
        for output in Transcript.ofEverySplit(bytes) { #expect(output == "failure \(status)") }
    }

    @Test(
        "a chunked body that is not well-formed is refused",
        arguments: [
            ("\r\n", 400), ("x\r\n", 400), ("-1\r\n", 400), ("+1\r\n", 400), (" 1\r\nx\r\n", 400),
            ("0x1\r\nx\r\n", 400),
            ("1\nx\r\n", 400), ("1\r\nx\n0\r\n\r\n", 400), ("1\r\nxy\r\n", 400), ("1 2\r\n", 400),
            ("1;a\u{1}\r\nx\r\n", 400), ("0\r\nA\r\n\r\n", 400), ("0\r\n A: b\r\n\r\n", 400),
            ("0\r\n\n", 400), ("fffffffffffffffff\r\n", 413),
        ]
    )
    func malformedChunks(body: String, status: Int) {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for output in Transcript.ofEverySplit(head + body) { #expect(output == "failure \(status)") }
    }

    @Test("a client that expects a 100 is told once, when the body has not come with the head")
    func expectation() {
        var parser = HTTPParser(limits: HTTPLimits())
        parser.append(
            ByteBuffer(
                string: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
        )
        #expect(Transcript.drain(&parser) == ["continue"])
        parser.append(ByteBuffer(string: "h"))
        #expect(Transcript.drain(&parser) == [])
        parser.append(ByteBuffer(string: "i"))
        #expect(Transcript.drain(&parser).count == 1)
    }

    @Test("fields are found whatever their case, all values in order, names canonical for services")
    func fields() {
        let fields = HTTPFields([
            ("host", "a"), ("x-API-key", "1"), ("cookie", "c"), ("X-Api-Key", "2"), ("a_b", "3"),
        ])
        #expect(fields["X-API-KEY"] == "1")
        #expect(fields.values(of: "x-api-key") == ["1", "2"])
        #expect(fields["Accept"] == nil)
        let canonical = fields.canonical.map { "\($0.name)=\($0.values.joined(separator: "|"))" }
        #expect(canonical == ["X-Api-Key=1|2", "Cookie=c", "A_b=3"])
    }

    @Test("the host comes from an absolute target, else from the field")
    func host() {
        let fields = HTTPFields([("Host", "field:1")])
        #expect(HTTPRequest(method: .get, target: "/a", path: "/a", fields: fields).host == "field:1")
        let absolute = HTTPRequest(method: .get, target: "http://target:2/a?b", path: "/a", fields: fields)
        #expect(absolute.host == "target:2")
        #expect(HTTPRequest(method: .get, target: "/a", path: "/a").host == "")
    }
}

@Suite("limits on HTTP requests")
struct HTTPLimitsTests {
    private static func limits() -> HTTPLimits {
        var limits = HTTPLimits()
        limits.maximumRequestLine = 20
        limits.maximumHead = 60
        limits.maximumFields = 3
        limits.maximumBody = 10
        limits.maximumChunkLine = 8
        return limits
    }

    @Test(
        "a request at a limit is read, one above it is refused",
        arguments: [
            ("GET /234567 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /234567 [Host=a] keep"),
            ("GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n", "failure 414"),
            ("GET /23456789012345678901234567890", "failure 414"),
            (
                "GET /234567 HTTP/1.1\r\nHost: a\r\nA: 3456789012345678901234\r\n\r\n",
                "GET /234567 [Host=a|A=3456789012345678901234] keep"
            ),
            ("GET /234567 HTTP/1.1\r\nHost: a\r\nA: 34567890123456789012345\r\n\r\n", "failure 431"),
            ("GET /234567 HTTP/1.1\r\nHost: a\r\nA: 3456789012345678901234567890", "failure 431"),
            ("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", "GET / [Host=a|A=1|B=2] keep"),
            ("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n\r\n", "failure 431"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
                "GET / [Host=a|Content-Length=10] keep 0123456789"
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", "failure 413"),
        ]
    )
    func limits(bytes: String, expected: String) {
        for output in Transcript.ofEverySplit(bytes, limits: HTTPLimitsTests.limits()) {
            #expect(output == expected)
        }
    }

    @Test(
        "a chunked body at a limit is read, one above it is refused",
        arguments: [
            ("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", "read"),
            ("5\r\n01234\r\n6\r\n", "failure 413"),
            ("1;345678\r\nx\r\n0\r\n\r\n", "read"),
            ("1;3456789\r\nx\r\n0\r\n\r\n", "failure 400"),
            ("1;34567890", "failure 400"),
            ("0\r\nA:\r\nB:\r\nC:\r\n\r\n", "read"),
            ("0\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n", "failure 431"),
        ]
    )
    func chunkLimits(body: String, expected: String) {
        var limits = HTTPLimitsTests.limits()
        limits.maximumHead = 80
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for output in Transcript.ofEverySplit(head + body, limits: limits) {
            #expect(output.hasPrefix("POST") ? expected == "read" : output == expected)
        }
    }
}

/// What a parser makes of bytes, as text.
private enum Transcript {
    /// The transcripts of the bytes as one piece, byte by byte, and in two pieces at every place.
    static func ofEverySplit(_ text: String, limits: HTTPLimits = HTTPLimits()) -> [String] {
        let bytes = Array(text.utf8)
        var transcripts = [of([bytes[...]], limits), of(bytes.indices.map { bytes[$0...$0] }, limits)]
        for index in bytes.indices { transcripts.append(of([bytes[..<index], bytes[index...]], limits)) }
        return transcripts
    }

    private static func of(_ pieces: [ArraySlice<UInt8>], _ limits: HTTPLimits) -> String {
        var parser = HTTPParser(limits: limits)
        var lines: [String] = []
        for piece in pieces where lines.last?.hasPrefix("failure") != true {
            parser.append(ByteBuffer(bytes: piece))
            lines += drain(&parser)
        }
        lines.removeAll { $0 == "continue" }
        return lines.isEmpty ? "…" : lines.joined(separator: " / ")
    }

    static func drain(_ parser: inout HTTPParser) -> [String] {
        var lines: [String] = []
        while true {
            switch parser.next() {
            case .incomplete: return lines
            case .continueExpected: lines.append("continue")
            case .request(let request, let isUpgrade): lines.append(line(request, isUpgrade))
            case .failure(let error): return lines + ["failure \(error.status)"]
            }
        }
    }

    private static func line(_ request: HTTPRequest, _ isUpgrade: Bool) -> String {
        let fields = request.fields.all.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        return "\(request.method) \(request.path)" + (request.query.map { " ?\($0)" } ?? "") + " [\(fields)]"
            + (request.isKeepAlive ? " keep" : " close") + (request.isHTTP10 ? " 1.0" : "")
            + (isUpgrade ? " upgrade" : "")
            + (request.body.readableBytes > 0 ? " \(String(buffer: request.body))" : "")
    }
}
