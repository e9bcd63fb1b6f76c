import NIOCore

@testable import EmbeddedBroker

/// Writes down what a parser calls it with.
final class RecordingSink: ProtocolSink {
    var events: [String] = []
    var verdict: ConnectVerdict = .accepted(headers: true, maximumPayload: 100)

    func published(
        _ frame: PublishFrame,
        in bytes: borrowing Span<UInt8>,
        of buffer: borrowing ByteBuffer
    ) {
        let subject = String(copying: bytes.extracting(frame.subject))
        let tail = String(copying: bytes.extracting(frame.tail..<frame.end))
        let reply = String(copying: bytes.extracting(frame.reply))
        events.append(
            "publish \(subject) reply=\(reply) headers=\(frame.headerSize) size=\(frame.size) tail=\(tail)"
        )
    }

    func subscribed(
        subject: borrowing Span<UInt8>,
        queue: borrowing Span<UInt8>,
        sid: borrowing Span<UInt8>
    ) {
        events.append(
            "subscribe \(String(copying: subject)) queue=\(String(copying: queue)) sid=\(String(copying: sid))"
        )
    }

    func unsubscribed(sid: borrowing Span<UInt8>, maximum: Int) {
        events.append("unsubscribe \(String(copying: sid)) max=\(maximum)")
    }

    func pinged() { events.append("ping") }

    func ponged() { events.append("pong") }

    func connected(_ json: ByteBuffer) -> ConnectVerdict {
        events.append("connect \(String(buffer: json))")
        return verdict
    }
}
