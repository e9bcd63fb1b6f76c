import struct NIOCore.ByteBuffer

/// Cuts a client's bytes into requests (RFC 9112). Any split of the bytes gives the same requests.
struct HTTPParser {
    /// What the bytes so far amount to.
    enum Output {
        /// More has to arrive.
        case incomplete
        /// The client waits for a 100 before it sends the body; told once.
        case continueExpected
        /// A whole request. With `isUpgrade` set nothing behind it is looked at until `next` is called again.
        case request(HTTPRequest, isUpgrade: Bool)
        /// The bytes are no request; nothing can be read behind them.
        case failure(HTTPParseError)
    }

    private let limits: HTTPLimits
    private var buffer = ByteBuffer()
    private var head = HTTPHeadParser()
    private var body: Body?

    /// A request whose head has been read, and how its body is taken.
    private struct Body {
        var request: HTTPRequest
        var isUpgrade: Bool
        var length: Int
        var chunks: HTTPChunkedBody?
        var isContinueDue: Bool
    }

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Bytes that wait to be read.
    var bufferedBytes: Int { buffer.readableBytes }

    /// How far the request has come that is being read.
    var phase: Phase {
        if body != nil { return .body }
        return head.hasStarted || buffer.readableBytes > 0 ? .head : .idle
    }

    /// Which part of a request has to arrive next.
    enum Phase {
        case idle, head, body
    }

    /// Takes bytes that arrived.
    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The bytes behind the last request, for the protocol that comes after an upgrade.
    mutating func takeRemaining() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }

    /// The next thing that the bytes amount to; to be called until it is `incomplete` or `failure`.
    mutating func next() -> Output {
        do throws(HTTPParseError) {
            if body == nil {
                guard try headArrived() else { return .incomplete }
            }
            return try bodyOutput()
        } catch {
            return .failure(error)
        }
    }

    private mutating func headArrived() throws(HTTPParseError) -> Bool {
        guard buffer.readableBytes > 0 else {
            buffer = ByteBuffer()
            return false
        }
        let bytes = buffer
        guard let length = try head.advance(bytes.readableBytesUInt8Span, limits: limits),
            let line = head.requestLine, let block = buffer.readSlice(length: length)
        else { return false }
        let framing = head.framing
        try framing.headEnded(isHTTP10: line.isHTTP10)
        let fields = HTTPFields(block: block, entries: head.entries)
        head = HTTPHeadParser()
        if !framing.isChunked, (framing.contentLength ?? 0) > limits.maximumBody { throw .bodyTooLarge }
        body = Body(
            request: try HTTPParser.request(line, fields, framing),
            isUpgrade: framing.hasUpgrade && !line.isHTTP10,
            length: framing.contentLength ?? 0,
            chunks: framing.isChunked ? HTTPChunkedBody() : nil,
            isContinueDue: framing.expectsContinue && !line.isHTTP10
        )
        return true
    }

    private mutating func bodyOutput() throws(HTTPParseError) -> Output {
        guard let content = try takeBody() else {
            guard body?.isContinueDue == true, buffer.readableBytes == 0 else { return .incomplete }
            body?.isContinueDue = false
            return .continueExpected
        }
        guard var complete = body.take() else { return .incomplete }
        complete.request.body = content
        return .request(complete.request, isUpgrade: complete.isUpgrade)
    }

    /// The whole body, or nil when more has to arrive.
    private mutating func takeBody() throws(HTTPParseError) -> ByteBuffer? {
        guard let length = body?.length else { return nil }
        if body?.chunks != nil {
            guard try body?.chunks?.advance(&buffer, limits: limits) == true else { return nil }
            return body?.chunks?.body
        }
        if length == 0 { return ByteBuffer() }
        return buffer.readSlice(length: length)
    }

    private static func request(
        _ line: HTTPRequestLine,
        _ fields: HTTPFields,
        _ framing: HTTPFraming
    ) throws(HTTPParseError) -> HTTPRequest {
        let block = fields.block
        let method = HTTPMethod(text(block, line.method))
        let target = text(block, line.target)
        let parts = try HTTPTarget(target, method: method)
        return HTTPRequest(
            method: method,
            target: target,
            path: parts.path,
            query: parts.query,
            fields: fields,
            isKeepAlive: framing.isKeepAlive(isHTTP10: line.isHTTP10),
            isHTTP10: line.isHTTP10
        )
    }

    private static func text(_ block: ByteBuffer, _ range: Range<Int>) -> String {
        block.getString(at: block.readerIndex + range.lowerBound, length: range.count) ?? ""
    }
}
