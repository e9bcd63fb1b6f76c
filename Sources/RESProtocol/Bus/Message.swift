package import struct NIOCore.ByteBuffer

/// One message on the bus.
///
/// Headers and payload may be slices of a larger read buffer: who keeps a message for long copies what it
/// keeps.
package struct Message: Sendable {
    /// Where it was published.
    package var subject: Subject
    /// Where the sender waits for an answer.
    package var reply: Subject?
    /// The header block, when there is one.
    package var headers: MessageHeaders?
    /// The body; empty when there is none.
    package var payload: ByteBuffer

    package init(
        subject: Subject,
        reply: Subject? = nil,
        headers: MessageHeaders? = nil,
        payload: ByteBuffer
    ) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.payload = payload
    }

    /// Whether this is the bus's answer to a request that nobody subscribes to (status 503, no body).
    package var isNoResponders: Bool {
        payload.readableBytes == 0 && headers?.status == 503
    }
}
