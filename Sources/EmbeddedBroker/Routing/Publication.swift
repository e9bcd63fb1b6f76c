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
