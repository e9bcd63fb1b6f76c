import struct NIOCore.ByteBuffer

/// The subjects that came last, so that a message on one of them needs no new text.
///
/// Each text has one place, found from its bytes; a newcomer takes the place over.
struct SubjectCache: Sendable {
    private static let places = 256
    /// Longer subjects are seldom repeated and would hold memory.
    private static let maximumLength = 128

    private var kept: [Subject?] = []

    /// The subject that stands in a range of the bytes.
    mutating func subject(_ line: ByteBuffer, _ range: Range<Int>) -> Subject {
        guard range.count <= SubjectCache.maximumLength else { return SubjectCache.make(line, range) }
        if kept.isEmpty { kept = Array(repeating: nil, count: SubjectCache.places) }
        let bytes = line.readableBytesUInt8Span.extracting(range)
        let place = SubjectCache.place(of: bytes)
        if let found = kept[place], SubjectCache.isEqual(found.text.utf8.span, bytes) { return found }
        let made = SubjectCache.make(line, range)
        kept[place] = made
        return made
    }

    private static func make(_ line: ByteBuffer, _ range: Range<Int>) -> Subject {
        Subject(unchecked: line.getString(at: line.readerIndex + range.lowerBound, length: range.count) ?? "")
    }

    private static func place(of bytes: borrowing Span<UInt8>) -> Int {
        var hash: UInt32 = 2_166_136_261
        for index in bytes.indices { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
        return Int((hash ^ hash >> 16) % UInt32(places))
    }

    private static func isEqual(_ left: borrowing Span<UInt8>, _ right: borrowing Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }
}
