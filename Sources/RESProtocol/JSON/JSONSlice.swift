package import struct NIOCore.ByteBuffer

/// A JSON value as the bytes it was written with, known to be well-formed.
///
/// Values are passed on without being rebuilt: only what has to be understood is looked into. Two slices are equal
/// when their bytes are, so `1` differs from `1.0`. A slice may share a larger buffer; `detached` copies it.
package struct JSONSlice: Hashable, Sendable {
    /// The value's bytes, without white space around them.
    package let bytes: ByteBuffer

    /// How deeply arrays and objects may nest unless a caller says otherwise.
    package static let defaultMaximumDepth = 512

    /// The value that makes up the whole of a text; white space may stand around it.
    ///
    /// - Throws: what is wrong, and at which byte.
    /// - Complexity: O(*n*), nothing is allocated.
    package init(
        parsing text: ByteBuffer,
        maximumDepth: Int = JSONSlice.defaultMaximumDepth
    ) throws(JSONError) {
        let range = try JSONSlice.wholeValue(of: text.readableBytesUInt8Span, maximumDepth: maximumDepth)
        self.init(unchecked: text, range)
    }

    /// The value that makes up the whole of a text.
    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: ByteBuffer(string: text))
    }

    /// Bytes whose maker vouches that they are one value without white space around it.
    package init(unchecked bytes: ByteBuffer) {
        self.bytes = bytes
    }

    /// Part of a text that was checked before; an empty slice, which is `null`, when it does not lie within.
    init(unchecked text: ByteBuffer, _ range: Range<Int>) {
        self.bytes =
            text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    /// The value as text.
    package var text: String { String(buffer: bytes) }

    /// What the value is; decided by its first byte.
    package var kind: JSONKind {
        switch bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"): .true
        case UInt8(ascii: "f"): .false
        case nil, UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// Whether the value is `null`.
    package var isNull: Bool { kind == .null }

    /// A copy that shares no storage, for what is kept after the message it came in.
    package var detached: JSONSlice {
        var copy = ByteBuffer()
        copy.reserveCapacity(bytes.readableBytes)
        copy.writeImmutableBuffer(bytes)
        return JSONSlice(unchecked: copy)
    }

    private static func wholeValue(
        of bytes: borrowing Span<UInt8>,
        maximumDepth: Int
    ) throws(JSONError) -> Range<Int> {
        let start = JSONGrammar.skipWhitespace(bytes, from: 0)
        let end = try JSONGrammar.endOfValue(bytes, at: start, depth: maximumDepth)
        let rest = JSONGrammar.skipWhitespace(bytes, from: end)
        guard rest == bytes.count else { throw JSONError("more text after the value", at: rest) }
        return start..<end
    }
}

/// The kinds of JSON value (RFC 8259 section 3).
package enum JSONKind: Hashable, Sendable {
    case null, `true`, `false`, number, string, array, object
}

extension JSONSlice: CustomStringConvertible {
    package var description: String { text }
}

extension JSONSlice {
    /// The value `null`.
    package static let null = JSONSlice(unchecked: ByteBuffer(string: "null"))
    /// The value `{}`.
    package static let emptyObject = JSONSlice(unchecked: ByteBuffer(string: "{}"))
}
