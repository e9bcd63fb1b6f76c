/// What header fields say about the body's length and the connection (RFC 9112 sections 6, 7 and 9).
struct HTTPFraming: Hashable {
    /// The value of `Content-Length`.
    private(set) var contentLength: Int?
    /// Whether the body comes in chunks.
    private(set) var isChunked = false
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).
    private(set) var expectsContinue = false
    /// Whether the client asks for another protocol.
    private(set) var hasUpgrade = false

    private var closes = false
    private var keepsAlive = false
    private var hosts = 0

    /// Takes one field.
    mutating func fieldReceived(
        _ bytes: borrowing Span<UInt8>,
        name: Range<Int>,
        value: Range<Int>
    ) throws(HTTPParseError) {
        switch name.count {
        case 4 where HTTPGrammar.equals(bytes, name, "host"):
            try hostReceived(bytes, value)
        case 6 where HTTPGrammar.equals(bytes, name, "expect"):
            guard HTTPGrammar.equals(bytes, value, "100-continue") else { throw .unknownExpectation }
            expectsContinue = true
        case 7 where HTTPGrammar.equals(bytes, name, "upgrade"):
            hasUpgrade = true
        case 10 where HTTPGrammar.equals(bytes, name, "connection"):
            closes = closes || HTTPGrammar.list(bytes, value, contains: "close")
            keepsAlive = keepsAlive || HTTPGrammar.list(bytes, value, contains: "keep-alive")
        case 14 where HTTPGrammar.equals(bytes, name, "content-length"):
            try contentLengthReceived(bytes, value)
        case 17 where HTTPGrammar.equals(bytes, name, "transfer-encoding"):
            try transferEncodingReceived(bytes, value)
        default: break
        }
    }

    /// Checks what can be said only when all fields are known.
    func headEnded(isHTTP10: Bool) throws(HTTPParseError) {
        if isChunked, isHTTP10 { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding") }
        if isChunked, contentLength != nil {
            throw .badRequest("Content-Length and Transfer-Encoding are both given")
        }
        if hosts == 0, !isHTTP10 { throw .badRequest("the field Host is missing") }
    }

    /// Whether the connection stays open after the answer.
    func isKeepAlive(isHTTP10: Bool) -> Bool {
        !closes && (keepsAlive || !isHTTP10)
    }

    private mutating func hostReceived(
        _ bytes: borrowing Span<UInt8>,
        _ value: Range<Int>
    ) throws(HTTPParseError) {
        hosts += 1
        guard hosts == 1 else { throw .badRequest("the field Host is given more than once") }
        for offset in value {
            switch bytes[offset] {
            case 0...0x20, 0x22, 0x23, 0x2f, 0x3c, 0x3e...0x40, 0x5c, 0x5e, 0x60, 0x7b...0xff:
                throw .badRequest("the value of Host is no host and port")
            default: break
            }
        }
    }

    private mutating func contentLengthReceived(
        _ bytes: borrowing Span<UInt8>,
        _ value: Range<Int>
    ) throws(HTTPParseError) {
        guard contentLength == nil else { throw .badRequest("Content-Length is given more than once") }
        guard let length = HTTPGrammar.decimal(bytes, value) else {
            throw .badRequest("the value of Content-Length is not decimal digits alone")
        }
        contentLength = length
    }

    private mutating func transferEncodingReceived(
        _ bytes: borrowing Span<UInt8>,
        _ value: Range<Int>
    ) throws(HTTPParseError) {
        var rest = value
        var encodings = 0
        while let element = HTTPGrammar.nextElement(bytes, &rest) {
            if isChunked { throw .badRequest("chunked is not the last and only transfer encoding") }
            encodings += 1
            isChunked = HTTPGrammar.equals(bytes, element, "chunked")
        }
        guard isChunked else {
            throw .badRequest("the last transfer encoding is not chunked, so the body has no end")
        }
        guard encodings == 1 else { throw .unknownEncoding }
    }
}
