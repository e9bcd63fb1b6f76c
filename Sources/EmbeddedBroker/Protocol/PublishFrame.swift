/// Where the parts of one PUB or HPUB stand in the bytes it came in.
///
/// What follows the subject stands as a subscriber gets it behind `MSG subject sid `: from `tail` to `end` without a
/// gap, separators single spaces, the control line ended by CR LF. An operation that was written otherwise is
/// rewritten before it becomes a frame.
struct PublishFrame: Equatable {
    /// The subject.
    var subject: Range<Int>
    /// The reply subject; empty when there is none.
    var reply: Range<Int>
    /// Start of `[reply ][header size ]size\r\n`.
    var tail: Int
    /// Start of the header block, or of the payload when there is none.
    var body: Int
    /// Length of the header block; zero when there is none.
    var headerSize: Int
    /// Length of header block and payload together.
    var size: Int

    /// The end of the operation, behind the CR LF that follows the payload.
    var end: Int { body + size + 2 }

    /// Whether subscribers get it as HMSG.
    var hasHeaders: Bool { headerSize > 0 }
}

extension PublishFrame {
    /// How many digits a size may have; more could not be a size that any limit allows.
    static let maximumSizeDigits = 9

    /// Reads a PUB that is written the usual way and stands in the bytes completely.
    ///
    /// Answers nil for everything else, right or wrong: the general path finds out what it is. Sets no limit to the
    /// size, which has at most nine digits.
    @inline(__always)
    init?(usualPublishIn bytes: borrowing Span<UInt8>, at start: Int) {
        let count = bytes.count
        // The shortest is "PUB a 0\r\n\r\n".
        guard start &+ 11 <= count, bytes[start] | 0x20 == UInt8(ascii: "p"),
            bytes[start &+ 1] | 0x20 == UInt8(ascii: "u"), bytes[start &+ 2] | 0x20 == UInt8(ascii: "b"),
            bytes[start &+ 3] == UInt8(ascii: " ")
        else { return nil }
        var offset = start &+ 4
        while offset < count, bytes[offset] > 0x20 { offset &+= 1 }
        guard offset > start &+ 4, offset < count, bytes[offset] == UInt8(ascii: " ") else { return nil }
        subject = start &+ 4..<offset
        offset &+= 1
        tail = offset
        reply = offset..<offset
        guard let first = PublishFrame.number(in: bytes, &offset) else {
            while offset < count, bytes[offset] > 0x20 { offset &+= 1 }
            guard offset > tail, offset < count, bytes[offset] == UInt8(ascii: " ") else { return nil }
            reply = tail..<offset
            offset &+= 1
            guard let second = PublishFrame.number(in: bytes, &offset) else { return nil }
            size = second
            body = offset
            headerSize = 0
            guard isComplete(in: bytes) else { return nil }
            return
        }
        size = first
        body = offset
        headerSize = 0
        guard isComplete(in: bytes) else { return nil }
    }

    /// Whether the bytes reach to the frame's end, and it ends as it should.
    @inline(__always)
    private func isComplete(in bytes: borrowing Span<UInt8>) -> Bool {
        let close = body &+ size
        return close &+ 2 <= bytes.count && bytes[close] == 0x0d && bytes[close &+ 1] == 0x0a
    }

    /// Reads a number and the CR LF behind it; when that is not what stands there, moves nowhere.
    @inline(__always)
    private static func number(in bytes: borrowing Span<UInt8>, _ offset: inout Int) -> Int? {
        var value = 0
        var end = offset
        while end < bytes.count, bytes[end] &- UInt8(ascii: "0") < 10 {
            guard end &- offset < maximumSizeDigits else { return nil }
            value = value &* 10 &+ Int(bytes[end] &- UInt8(ascii: "0"))
            end &+= 1
        }
        guard end > offset, end &+ 1 < bytes.count, bytes[end] == 0x0d, bytes[end &+ 1] == 0x0a else {
            return nil
        }
        offset = end &+ 2
        return value
    }
}
