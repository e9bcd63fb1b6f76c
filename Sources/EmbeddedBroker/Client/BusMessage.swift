public import NIOCore
import RESProtocol

/// A message that a bus client got.
public struct BusMessage: Sendable, CustomStringConvertible {
    /// Where it was published.
    public let subject: String
    /// Where its sender waits for an answer; nil when it does not.
    public let reply: String?
    /// The body; empty when there is none.
    public let payload: ByteBuffer
    private let headerBlock: MessageHeaders?

    /// A buffer this much larger than a payload is not kept for its sake, in bytes.
    private static let keptExcess = 1_024

    /// - Parameter message: may be a slice of a read buffer; what is small is copied, so that it does not keep the rest.
    init(_ message: Message) {
        subject = message.subject.text
        reply = message.reply?.text
        payload = BusMessage.detached(message.payload)
        headerBlock = message.headers.map { MessageHeaders(block: BusMessage.detached($0.block)) }
    }

    private static func detached(_ buffer: ByteBuffer) -> ByteBuffer {
        let size = buffer.readableBytes
        guard buffer.storageCapacity - size > max(size, keptExcess) else { return buffer }
        guard size > 0 else { return ByteBuffer() }
        return ByteBuffer(bytes: buffer.readableBytesView)
    }

    /// The header fields, read anew each time; empty when there are none.
    public var headers: BusHeaders { headerBlock.map { BusHeaders($0) } ?? BusHeaders() }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    public var text: String { String(buffer: payload) }

    /// What it takes in a buffer of messages, in bytes.
    var size: Int {
        payload.readableBytes + (headerBlock?.block.readableBytes ?? 0) + subject.utf8.count
            + (reply?.utf8.count ?? 0)
    }

    /// Subject and body, for logs.
    public var description: String { "\(subject): \(text)" }
}
