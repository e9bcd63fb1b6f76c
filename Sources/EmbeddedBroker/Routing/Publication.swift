import RESProtocol

import struct NIOCore.ByteBuffer

/// One message on its way to its receivers, in the form each of them takes.
///
/// It is made from what it came as; another form is made once, when the first receiver asks for it.
struct Publication {
    /// Where the parts stand in `buffer`; valid once `encode` was called.
    private(set) var frame: PublishFrame
    /// The operation's bytes, and perhaps others around it; valid once `encode` was called.
    private(set) var buffer: ByteBuffer
    private var isEncoded: Bool
    private var message: Message?
    private var detached: ByteBuffer?

    /// A message from a connection.
    init(frame: PublishFrame, buffer: ByteBuffer) {
        self.frame = frame
        self.buffer = buffer
        isEncoded = true
    }

    /// A message from this process.
    init(message: Message) {
        frame = PublishFrame(subject: 0..<0, reply: 0..<0, tail: 0, body: 0, headerSize: 0, size: 0)
        buffer = ByteBuffer()
        isEncoded = false
        self.message = message
    }

    /// Makes sure that `frame` and `buffer` hold the message as it stands on the wire.
    @inline(__always)
    mutating func encode() {
        if !isEncoded { encodeMessage() }
    }

    /// The message as a bus client takes it. Header block and payload share the buffer they came in.
    mutating func decoded() -> Message {
        if let message { return message }
        let start = buffer.readerIndex
        let subject = buffer.getString(at: start + frame.subject.lowerBound, length: frame.subject.count)
        let reply = buffer.getString(at: start + frame.reply.lowerBound, length: frame.reply.count)
        let headers = buffer.getSlice(at: start + frame.body, length: frame.headerSize)
        let payload = buffer.getSlice(
            at: start + frame.body + frame.headerSize,
            length: frame.size - frame.headerSize
        )
        let message = Message(
            subject: Subject(unchecked: subject ?? ""),
            reply: frame.reply.isEmpty ? nil : Subject(unchecked: reply ?? ""),
            headers: frame.hasHeaders ? headers.map { MessageHeaders(block: $0) } : nil,
            payload: payload ?? ByteBuffer()
        )
        self.message = message
        return message
    }

    /// The subject, copied; once `encode` was called.
    var subjectBytes: [UInt8] { buffer.readableBytesUInt8Span.extracting(frame.subject).copied }

    /// The reply subject, copied; once `encode` was called.
    var replyBytes: [UInt8] { buffer.readableBytesUInt8Span.extracting(frame.reply).copied }

    /// The same message under another subject; once `encode` was called.
    ///
    /// - Parameters:
    ///   - reply: another reply subject, empty for none; nil to keep it.
    ///   - field: a header field that takes the place of those with its name.
    func readdressed(
        to subject: [UInt8],
        reply: [UInt8]? = nil,
        adding field: (name: String, value: String)? = nil
    ) -> Publication {
        let bytes = buffer.readableBytesUInt8Span
        var headers = bytes.extracting(frame.body..<frame.body + frame.headerSize).copied
        let payload = frame.body + frame.headerSize..<frame.body + frame.size
        if let field { headers = MessageHeaders.setting(field.name, to: field.value, in: headers) }
        var target = ByteBuffer()
        target.reserveCapacity(subject.count + (reply ?? []).count + headers.count + payload.count + 64)
        var moved = PublishFrame(
            subject: 0..<subject.count,
            reply: 0..<0,
            tail: 0,
            body: 0,
            headerSize: 0,
            size: 0
        )
        target.writeBytes(subject)
        target.writeInteger(UInt8(ascii: " "))
        moved.tail = target.writerIndex
        let replyBytes = reply ?? self.replyBytes
        target.writeBytes(replyBytes)
        moved.reply = moved.tail..<target.writerIndex
        if !replyBytes.isEmpty { target.writeInteger(UInt8(ascii: " ")) }
        if !headers.isEmpty { target.writeString("\(headers.count) ") }
        moved.headerSize = headers.count
        moved.size = headers.count + payload.count
        target.writeString("\(moved.size)\r\n")
        moved.body = target.writerIndex
        target.writeBytes(headers)
        target.writeBytes(bytes.extracting(payload).bytes)
        target.writeStaticString("\r\n")
        return Publication(frame: moved, buffer: target)
    }

    /// What follows `MSG subject sid `, sharing the buffer it came in.
    var sharedTail: ByteBuffer {
        let start = buffer.readerIndex + frame.tail
        return buffer.getSlice(at: start, length: frame.end - frame.tail) ?? ByteBuffer()
    }

    /// The same in storage of its own, for receivers that keep it for long.
    mutating func detachedTail() -> ByteBuffer {
        if let detached { return detached }
        let shared = sharedTail
        var copy = ByteBuffer()
        copy.reserveCapacity(shared.readableBytes)
        copy.writeImmutableBuffer(shared)
        detached = copy
        return copy
    }

    private mutating func encodeMessage() {
        guard let message else { return }
        isEncoded = true
        let headerSize = message.headers?.block.readableBytes ?? 0
        let size = headerSize + message.payload.readableBytes
        buffer.reserveCapacity(message.subject.text.utf8.count + size + 64)
        buffer.writeString(message.subject.text)
        frame.subject = 0..<buffer.writerIndex
        buffer.writeInteger(UInt8(ascii: " "))
        frame.tail = buffer.writerIndex
        frame.reply = frame.tail..<frame.tail
        if let reply = message.reply {
            buffer.writeString(reply.text)
            frame.reply = frame.tail..<buffer.writerIndex
            buffer.writeInteger(UInt8(ascii: " "))
        }
        if headerSize > 0 {
            buffer.writeString(String(headerSize))
            buffer.writeInteger(UInt8(ascii: " "))
        }
        buffer.writeString(String(size))
        buffer.writeStaticString("\r\n")
        frame.body = buffer.writerIndex
        frame.headerSize = headerSize
        frame.size = size
        if let headers = message.headers { buffer.writeImmutableBuffer(headers.block) }
        buffer.writeImmutableBuffer(message.payload)
        buffer.writeStaticString("\r\n")
    }
}
