import struct NIOCore.ByteBuffer

/// Logs what a client says before its session acts on it.
final class TracingSink: ProtocolSink {
    private unowned let session: ClientSession

    init(_ session: ClientSession) {
        self.session = session
    }

    func published(
        _ frame: PublishFrame,
        in bytes: borrowing Span<UInt8>,
        of buffer: borrowing ByteBuffer
    ) {
        let line = bytes.extracting(frame.subject.lowerBound..<frame.body - 2)
        session.trace("<<- [\(frame.hasHeaders ? "HPUB" : "PUB") \(String(copying: line))]")
        if let payload = session.environment.trace?.payload(frame, in: bytes) {
            session.trace("<<- \(payload)")
        }
        session.published(frame, in: bytes, of: buffer)
    }

    func subscribed(
        subject: borrowing Span<UInt8>,
        queue: borrowing Span<UInt8>,
        sid: borrowing Span<UInt8>
    ) {
        let queueText = queue.isEmpty ? "" : " \(String(copying: queue))"
        session.trace("<<- [SUB \(String(copying: subject))\(queueText) \(String(copying: sid))]")
        session.subscribed(subject: subject, queue: queue, sid: sid)
    }

    func unsubscribed(sid: borrowing Span<UInt8>, maximum: Int) {
        session.trace("<<- [UNSUB \(String(copying: sid))\(maximum > 0 ? " \(maximum)" : "")]")
        session.unsubscribed(sid: sid, maximum: maximum)
    }

    func pinged() {
        session.trace("<<- [PING]")
        session.pinged()
    }

    func ponged() {
        session.trace("<<- [PONG]")
        session.ponged()
    }

    func connected(_ json: ByteBuffer) -> ConnectVerdict {
        session.trace("<<- [CONNECT \(ProtocolTrace.redacted(json))]")
        return session.connected(json)
    }

    func unreadable(_ bytes: borrowing Span<UInt8>, at offset: Int) {
        session.unreadable(bytes, at: offset)
    }

    func refused(_ operation: Operation, arguments: borrowing Span<UInt8>, because failure: ProtocolFailure) {
        if operation != .connect, operation != .error {
            session.trace("<<- [\(operation.text) \(String(copying: arguments))]")
        }
        session.refused(operation, arguments: arguments, because: failure)
    }
}
