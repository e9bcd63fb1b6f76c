package import struct NIOCore.ByteBuffer

/// Who watches the messages that pass a broker; there mostly is none, and then a message costs one branch more.
///
/// Called on the broker's loop behind each publish, once it has been handed to whoever gets it.
package protocol TrafficObserver: AnyObject {
    /// A message was published.
    func published(_ publish: ObservedPublish)
}

/// A message as an observer sees it.
package struct ObservedPublish {
    package let subject: String
    /// Where the publisher waits for an answer; nil when it does not.
    package let reply: String?
    /// The body; a slice of a larger buffer, to be copied where it is kept.
    package let payload: ByteBuffer
    /// Who published it: the name that a client gave itself, or that a role of this process has.
    package let publisher: String
    /// The publisher's id; nil for a role of this process.
    package let clientID: UInt64?
    /// Whether anyone got it.
    package let isDelivered: Bool
}

extension Router {
    /// Tells the observer of a message from a connection.
    func observe(
        _ frame: PublishFrame,
        of buffer: borrowing ByteBuffer,
        from publisher: ClientSession,
        isDelivered: Bool
    ) {
        let start = buffer.readerIndex
        let reply =
            frame.reply.isEmpty
            ? nil : buffer.getString(at: start + frame.reply.lowerBound, length: frame.reply.count)
        let body = buffer.getSlice(
            at: start + frame.body + frame.headerSize,
            length: frame.size - frame.headerSize
        )
        observer?.published(
            ObservedPublish(
                subject: buffer.getString(
                    at: start + frame.subject.lowerBound,
                    length: frame.subject.count
                ) ?? "",
                reply: reply,
                payload: body ?? ByteBuffer(),
                publisher: publisher.label,
                clientID: publisher.id,
                isDelivered: isDelivered
            )
        )
    }
}
