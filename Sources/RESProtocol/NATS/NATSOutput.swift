package import struct NIOCore.ByteBuffer

/// What a client is about to send, in the order of the calls that wrote it.
///
/// Small things are copied into one buffer. A large payload is kept as the slice it is, so the whole is a
/// list of buffers.
package struct NATSOutput: Sendable {
    /// Payloads from this size on, in bytes, are not copied.
    package static let copyLimit = 16_384

    /// Bytes that wait to be taken.
    package private(set) var byteCount = 0
    private var sealed: [ByteBuffer] = []
    private var open = ByteBuffer()

    package init() {}

    /// Takes all that was written, to be sent in this order.
    package mutating func takeAll() -> [ByteBuffer] {
        seal()
        defer { sealed = [] }
        byteCount = 0
        return sealed
    }

    /// `CONNECT`.
    package mutating func connect(_ request: ConnectRequest) {
        write { request.encode(into: &$0) }
    }

    /// `PING`.
    package mutating func ping() {
        write { $0.writeStaticString("PING\r\n") }
    }

    /// `PONG`.
    package mutating func pong() {
        write { $0.writeStaticString("PONG\r\n") }
    }

    /// `SUB subject [queue] sid`.
    package mutating func subscribe(_ pattern: SubjectPattern, queue: String?, sid: UInt64) {
        write { buffer in
            buffer.writeStaticString("SUB ")
            buffer.writeString(pattern.text)
            if let queue {
                buffer.writeStaticString(" ")
                buffer.writeString(queue)
            }
            buffer.writeStaticString(" ")
            buffer.writeDecimal(sid)
            buffer.writeStaticString("\r\n")
        }
    }

    /// `UNSUB sid`.
    package mutating func unsubscribe(sid: UInt64) {
        write { buffer in
            buffer.writeStaticString("UNSUB ")
            buffer.writeDecimal(sid)
            buffer.writeStaticString("\r\n")
        }
    }

    /// `PUB subject [reply] size`, or `HPUB subject [reply] headers size`, and what is sent.
    package mutating func publish(_ message: Message) {
        let payload = message.payload
        write { buffer in
            buffer.writePublishLine(message)
            if let headers = message.headers { buffer.writeImmutableBuffer(headers.block) }
            guard payload.readableBytes < NATSOutput.copyLimit else { return }
            buffer.writeImmutableBuffer(payload)
        }
        if payload.readableBytes >= NATSOutput.copyLimit {
            seal()
            sealed.append(payload)
            byteCount += payload.readableBytes
        }
        write { $0.writeStaticString("\r\n") }
    }

    /// Length of what stands after `PUB` or `HPUB` in the line of a message, which servers limit.
    package static func lineLength(of message: Message) -> Int {
        let payload = message.payload.readableBytes
        var length = message.subject.text.utf8.count + 1
        if let reply = message.reply { length += reply.text.utf8.count + 1 }
        guard let headers = message.headers?.block.readableBytes else { return length + digits(of: payload) }
        return length + digits(of: headers) + 1 + digits(of: headers + payload)
    }

    /// Length of what stands after `SUB` in the line of a subscription.
    package static func lineLength(of pattern: SubjectPattern, queue: String?, sid: UInt64) -> Int {
        pattern.text.utf8.count + 1 + (queue.map { $0.utf8.count + 1 } ?? 0) + digits(of: Int(clamping: sid))
    }

    private static func digits(of number: Int) -> Int {
        var rest = number
        var count = 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }

    private mutating func write(_ body: (inout ByteBuffer) -> Void) {
        let before = open.readableBytes
        body(&open)
        byteCount += open.readableBytes - before
    }

    private mutating func seal() {
        guard open.readableBytes > 0 else { return }
        sealed.append(open)
        open = ByteBuffer()
    }
}

extension ByteBuffer {
    fileprivate mutating func writePublishLine(_ message: Message) {
        if message.headers == nil {
            writeStaticString("PUB ")
        } else {
            writeStaticString("HPUB ")
        }
        writeString(message.subject.text)
        writeStaticString(" ")
        if let reply = message.reply {
            writeString(reply.text)
            writeStaticString(" ")
        }
        var size = message.payload.readableBytes
        if let headers = message.headers?.block.readableBytes {
            writeDecimal(UInt64(headers))
            writeStaticString(" ")
            size += headers
        }
        writeDecimal(UInt64(size))
        writeStaticString("\r\n")
    }

    /// Writes a number in decimal digits.
    fileprivate mutating func writeDecimal(_ number: UInt64) {
        writeString(String(number))
    }
}
