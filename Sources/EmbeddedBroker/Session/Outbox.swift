import DequeModule

import struct NIOCore.ByteBuffer

/// What one client has still to be sent.
///
/// Small messages are copied one behind the other into segments; large ones are appended as slices that all
/// receivers share. What has been handed to the transport counts until the transport says that it is written.
struct Outbox {
    /// A segment is closed when the next message would make it longer.
    static let segmentSize = 65_536
    /// Messages from this size on are shared instead of copied, in bytes.
    static let sharingThreshold = 8_192

    /// Part of what is sent.
    struct Segment {
        let bytes: ByteBuffer
        /// Whether the outbox filled it itself, so that it can be filled again.
        let isReusable: Bool
    }

    private var sealed = Deque<Segment>()
    private var sealedBytes = 0
    private var tail = ByteBuffer()
    /// Bytes handed to the transport that are not written yet.
    private(set) var bytesInFlight = 0

    /// Bytes that wait, those in flight among them.
    @inline(__always)
    var pendingBytes: Int { sealedBytes &+ tail.readableBytes &+ bytesInFlight }

    /// Whether nothing waits to be handed to the transport.
    var isEmpty: Bool { sealedBytes == 0 && tail.readableBytes == 0 }

    /// Appends a message that has been encoded.
    ///
    /// - Parameter pool: where a first segment comes from.
    @inline(__always)
    mutating func append(
        _ publication: inout Publication,
        sid: borrowing SubscriptionID,
        pool: inout SegmentPool
    ) {
        let length = publication.frame.end &- publication.frame.tail
        if length >= Outbox.sharingThreshold {
            appendShared(&publication, sid: sid)
            return
        }
        if tail.readableBytes == 0 { prepareTail(pool: &pool) }
        tail.writeDelivery(publication.frame, of: publication.buffer, sid: sid, includingTail: true)
        if tail.readableBytes >= Outbox.segmentSize { seal() }
    }

    /// Appends a message without its header block, for a client that does not know headers.
    mutating func appendWithoutHeaders(
        _ publication: borrowing Publication,
        sid: borrowing SubscriptionID,
        pool: inout SegmentPool
    ) {
        if tail.readableBytes == 0 { prepareTail(pool: &pool) }
        tail.writeDeliveryWithoutHeaders(publication.frame, of: publication.buffer, sid: sid)
        if tail.readableBytes >= Outbox.segmentSize { seal() }
    }

    /// Appends what the broker itself says.
    mutating func append(_ text: StaticString, pool: inout SegmentPool) {
        if tail.readableBytes == 0 { prepareTail(pool: &pool) }
        tail.writeStaticString(text)
    }

    /// Appends what the broker itself says.
    mutating func append(_ bytes: ByteBuffer, pool: inout SegmentPool) {
        if tail.readableBytes == 0 { prepareTail(pool: &pool) }
        tail.writeImmutableBuffer(bytes)
    }

    /// Takes the next segment to be written; it counts as in flight from then on.
    mutating func next() -> Segment? {
        if let segment = sealed.popFirst() {
            sealedBytes -= segment.bytes.readableBytes
            bytesInFlight += segment.bytes.readableBytes
            return segment
        }
        guard tail.readableBytes > 0 else { return nil }
        bytesInFlight += tail.readableBytes
        defer { tail = ByteBuffer() }
        return Segment(bytes: tail, isReusable: true)
    }

    /// Everything in flight has been written.
    mutating func written() { bytesInFlight = 0 }

    /// Drops everything.
    mutating func discard() { self = Outbox() }

    private mutating func prepareTail(pool: inout SegmentPool) {
        guard tail.capacity == 0 else { return }
        tail = pool.take()
        // Where one segment was filled, the next one will be too. A short one in front of a shared payload was not.
        if tail.capacity == 0, let last = sealed.last, last.bytes.readableBytes >= Outbox.segmentSize,
            last.isReusable
        {
            tail.reserveCapacity(Outbox.segmentSize + 4096)
        }
    }

    private mutating func appendShared(_ publication: inout Publication, sid: borrowing SubscriptionID) {
        tail.writeDelivery(publication.frame, of: publication.buffer, sid: sid, includingTail: false)
        seal()
        // A client that is behind keeps its messages for long, so what it keeps must not hold on to the read buffer.
        let slice = bytesInFlight > 0 ? publication.detachedTail() : publication.sharedTail
        sealed.append(Segment(bytes: slice, isReusable: false))
        sealedBytes += slice.readableBytes
    }

    private mutating func seal() {
        sealedBytes += tail.readableBytes
        sealed.append(Segment(bytes: tail, isReusable: true))
        tail = ByteBuffer()
    }
}

/// Segments that were written out and can be filled again, shared by all clients of a loop.
struct SegmentPool {
    /// How many are kept.
    static let capacity = 32

    private var segments: [ByteBuffer] = []

    /// A segment to fill.
    mutating func take() -> ByteBuffer { segments.popLast() ?? ByteBuffer() }

    /// Takes a segment back that nobody else holds any more.
    mutating func give(_ segment: consuming ByteBuffer) {
        guard segments.count < SegmentPool.capacity, segment.capacity <= 2 * Outbox.segmentSize else {
            return
        }
        var segment = consume segment
        segment.clear()
        segments.append(segment)
    }
}
