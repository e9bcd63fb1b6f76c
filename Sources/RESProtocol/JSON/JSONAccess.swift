import struct NIOCore.ByteBuffer

extension JSONSlice {
    /// The members of an object, in the order they were written; nothing for any other value.
    package var members: JSONMembers { JSONMembers(of: self) }

    /// The elements of an array, in order; nothing for any other value.
    package var elements: JSONElements { JSONElements(of: self) }

    /// The value of an object's member; of several with that name, the last one, as Go's decoder takes it.
    ///
    /// - Complexity: O(*n*) in the bytes of the object.
    package subscript(name: String) -> JSONSlice? {
        guard kind == .object else { return nil }
        return JSONSlice.lastMember(of: bytes.readableBytesUInt8Span, named: name).map {
            JSONSlice(unchecked: bytes, $0)
        }
    }

    /// Where the value of the last member with a name stands; the object is well-formed.
    private static func lastMember(of object: borrowing Span<UInt8>, named name: String) -> Range<Int>? {
        var found: Range<Int>?
        var offset = 1
        while let member = JSONMembers.member(of: object, from: offset) {
            if isString(object, member.name, name) { found = member.value }
            offset = member.value.upperBound
        }
        return found
    }

    /// Whether a string, which stands in a range with its quotes, has that text. Compares in place where no escape stands
    /// in it.
    private static func isString(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool
    {
        let wanted = text.utf8.span
        guard range.count >= wanted.count + 2 else { return false }
        let start = range.lowerBound + 1
        if range.count == wanted.count + 2 {
            var offset = 0
            while offset < wanted.count, bytes[start + offset] == wanted[offset] { offset += 1 }
            if offset == wanted.count { return true }
        }
        // Only with escapes can another spelling have the same text.
        for offset in range where bytes[offset] == UInt8(ascii: "\\") {
            return decodeString(bytes.extracting(range)) == text
        }
        return false
    }

    /// The text of a string; nil for any other value. Bytes that are no UTF-8, and surrogates that stand alone, become U+FFFD.
    package var string: String? {
        guard kind == .string, bytes.readableBytes >= 2 else { return nil }
        let span = bytes.readableBytesUInt8Span
        if JSONGrammar.endOfPlainText(span, from: 1) == span.count - 1 {
            return bytes.getString(at: bytes.readerIndex + 1, length: span.count - 2)
        }
        return JSONSlice.decodeString(span)
    }

    /// The value of a whole number that fits; nil for a fraction, an exponent or any other value.
    package var integer: Int64? {
        kind == .number ? Int64(text) : nil
    }

    /// The value of a number; nil for any other value, and where it overflows.
    package var double: Double? {
        guard kind == .number, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The value of `true` or `false`; nil for any other value.
    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Whether this is a string with that text. Compares in place where no escape stands in it.
    package func isString(_ text: String) -> Bool {
        guard kind == .string else { return false }
        let span = bytes.readableBytesUInt8Span
        return JSONSlice.isString(span, 0..<span.count, text)
    }

    private static func decodeString(_ bytes: borrowing Span<UInt8>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var offset = 1
        let end = bytes.count - 1
        while offset < end {
            guard bytes[offset] == UInt8(ascii: "\\") else {
                decoded.append(bytes[offset])
                offset += 1
                continue
            }
            offset = appendEscape(bytes, at: offset, to: &decoded)
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func appendEscape(
        _ bytes: borrowing Span<UInt8>,
        at start: Int,
        to decoded: inout [UInt8]
    ) -> Int {
        switch bytes[start + 1] {
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0c)
        case UInt8(ascii: "n"): decoded.append(0x0a)
        case UInt8(ascii: "r"): decoded.append(0x0d)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): return appendCodePoint(bytes, at: start, to: &decoded)
        default: decoded.append(bytes[start + 1])
        }
        return start + 2
    }

    /// Appends what `\uXXXX` stands for, or the pair `\uD8XX\uDCXX` (RFC 8259 section 7).
    private static func appendCodePoint(
        _ bytes: borrowing Span<UInt8>,
        at start: Int,
        to decoded: inout [UInt8]
    ) -> Int {
        var value = JSONGrammar.hexValue(bytes, at: start + 2) ?? 0xfffd
        var end = start + 6
        if 0xd800..<0xdc00 ~= value, end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\\"),
            bytes[end + 1] == UInt8(ascii: "u"), let low = JSONGrammar.hexValue(bytes, at: end + 2),
            0xdc00..<0xe000 ~= low
        {
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
            end += 6
        }
        let scalar = Unicode.Scalar(value) ?? Unicode.Scalar(0xfffd as UInt16) ?? " "
        decoded.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return end
    }
}
