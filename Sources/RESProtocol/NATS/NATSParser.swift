package import struct NIOCore.ByteBuffer

/// Something a NATS server sends to a client.
package enum NATSServerOperation: Sendable {
    case info(ServerInfo)
    /// A message for the subscription with this sid.
    case message(sid: UInt64, Message)
    case ping
    case pong
    case ok
    /// The text of `-ERR`, without its quotes.
    case error(String)
}

/// How what a server sends breaks the protocol.
package struct NATSParserError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Reads what a NATS server sends, wherever the reads may split it.
///
/// Payloads and header blocks are slices of the buffer that is read; the last subjects are kept so that a
/// message on
/// one of them allocates nothing.
package struct NATSParser: Sendable {
    /// What a server may ask a client to hold.
    package struct Limits: Hashable, Sendable {
        /// Longest line, in bytes without its end; INFO names all servers of a cluster.
        package var controlLine = 65_536
        /// Largest payload with its headers, in bytes.
        package var payload = 67_108_864

        package init() {}
    }

    private let limits: Limits
    private var subjects = SubjectCache()
    private var awaited: MessageLine?
    /// Bytes at the start of the buffer in which no line ends.
    private var searched = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// How many bytes the message whose line was read still needs, its line end included; 0 between
    /// operations.
    package var awaitedBytes: Int { awaited.map { $0.size + 2 } ?? 0 }

    /// Takes the next operation off the front of the buffer; nil when more bytes are needed.
    ///
    /// What is left in the buffer must still stand at its front at the next call. After an error nothing more
    /// can be read.
    package mutating func next(
        from buffer: inout ByteBuffer
    ) throws(NATSParserError) -> NATSServerOperation? {
        if let awaited { return try takeMessage(awaited, from: &buffer) }
        guard let line = try takeLine(from: &buffer) else { return nil }
        return try parse(line, buffer: &buffer)
    }

    /// Takes a line off the buffer, without CR and LF.
    private mutating func takeLine(from buffer: inout ByteBuffer) throws(NATSParserError) -> ByteBuffer? {
        let bytes = buffer.readableBytesView
        guard let end = bytes.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            try check(length: bytes.last == UInt8(ascii: "\r") ? bytes.count - 1 : bytes.count)
            return nil
        }
        searched = 0
        let length = end - bytes.startIndex
        let hasReturn = length > 0 && bytes[end - 1] == UInt8(ascii: "\r")
        let line = buffer.readSlice(length: hasReturn ? length - 1 : length) ?? ByteBuffer()
        buffer.moveReaderIndex(forwardBy: hasReturn ? 2 : 1)
        try check(length: line.readableBytes)
        return line
    }

    private func check(length: Int) throws(NATSParserError) {
        guard length > limits.controlLine else { return }
        throw NATSParserError("a line of more than \(limits.controlLine) bytes")
    }

    /// Understands a line; nil when it began a message whose payload is not all there.
    private mutating func parse(
        _ line: ByteBuffer,
        buffer: inout ByteBuffer
    ) throws(NATSParserError) -> NATSServerOperation? {
        let words = ControlLine(line)
        switch words.operation {
        case .msg, .hmsg:
            let message = try readMessageLine(words)
            awaited = message
            return try takeMessage(message, from: &buffer)
        case .ping: return .ping
        case .pong: return .pong
        case .ok: return .ok
        case .info:
            guard let json = try? JSONSlice(parsing: words.rest), let info = ServerInfo(json) else {
                throw NATSParserError("an INFO line whose argument is no JSON object")
            }
            return .info(info)
        case .err: return .error(words.rest.unquoted)
        case nil: throw NATSParserError("an unknown operation: \(line.excerpt)")
        }
    }

    private mutating func takeMessage(
        _ line: MessageLine,
        from buffer: inout ByteBuffer
    ) throws(NATSParserError) -> NATSServerOperation? {
        guard buffer.readableBytes >= line.size + 2 else { return nil }
        let end = buffer.readerIndex + line.size
        guard buffer.getInteger(at: end, as: UInt16.self) == 0x0d0a,
            let headers = buffer.readSlice(length: line.headerSize),
            let payload = buffer.readSlice(length: line.size - line.headerSize)
        else { throw NATSParserError("a message of another length than its line says") }
        buffer.moveReaderIndex(forwardBy: 2)
        awaited = nil
        let message = Message(
            subject: line.subject,
            reply: line.reply,
            headers: line.headerSize > 0 ? MessageHeaders(block: headers) : nil,
            payload: payload
        )
        return .message(sid: line.sid, message)
    }

    /// `MSG subject sid [reply] size`, or `HMSG subject sid [reply] headers size`.
    private mutating func readMessageLine(_ words: ControlLine) throws(NATSParserError) -> MessageLine {
        let numbers = words.operation == .hmsg ? 2 : 1
        let hasReply = words.count == numbers + 3
        guard hasReply || words.count == numbers + 2, let sid = words.number(1),
            let size = words.number(words.count - 1).flatMap(Int.init(exactly:)),
            let headerSize = numbers == 2 ? words.number(words.count - 2).flatMap(Int.init(exactly:)) : 0,
            headerSize <= size
        else { throw NATSParserError("a malformed message line: \(words.line.excerpt)") }
        guard size <= limits.payload else {
            throw NATSParserError(
                "a message of \(size) bytes; \(limits.payload) are the most this client takes"
            )
        }
        let reply = hasReply ? words.string(2).map(Subject.init(unchecked:)) : nil
        return MessageLine(
            subject: subjects.subject(words.line, words.range(0)),
            sid: sid,
            reply: reply,
            headerSize: headerSize,
            size: size
        )
    }
}

/// The line of a message whose payload follows.
private struct MessageLine: Sendable {
    let subject: Subject
    let sid: UInt64
    let reply: Subject?
    let headerSize: Int
    /// Headers and payload, in bytes.
    let size: Int
}

extension ByteBuffer {
    /// The text between single quotes, or all of it when there are none.
    fileprivate var unquoted: String {
        var text = String(buffer: self)[...]
        if text.first == "'" { text.removeFirst() }
        if text.last == "'" { text.removeLast() }
        return String(text)
    }

    /// The start of a line, for an error.
    fileprivate var excerpt: String {
        let text = String(buffer: getSlice(at: readerIndex, length: Swift.min(readableBytes, 64)) ?? self)
        return "\"\(text)\"\(readableBytes > 64 ? "…" : "")"
    }
}
