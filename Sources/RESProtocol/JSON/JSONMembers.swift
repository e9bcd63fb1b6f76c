import struct NIOCore.ByteBuffer

/// The members of an object, in the order they were written; nothing for any other value.
package struct JSONMembers: Sequence, IteratorProtocol {
    private let object: ByteBuffer
    private var offset: Int

    init(of slice: JSONSlice) {
        object = slice.bytes
        offset = slice.kind == .object ? 1 : slice.bytes.readableBytes
    }

    /// The next member: its name as it is written (a JSON string) and its value.
    package mutating func next() -> (name: JSONSlice, value: JSONSlice)? {
        guard let member = JSONMembers.member(of: object.readableBytesUInt8Span, from: offset) else {
            return nil
        }
        offset = member.value.upperBound
        return (JSONSlice(unchecked: object, member.name), JSONSlice(unchecked: object, member.value))
    }

    /// The member that stands at an offset, or behind the comma there; nil at the end.
    static func member(
        of bytes: borrowing Span<UInt8>,
        from start: Int
    ) -> (name: Range<Int>, value: Range<Int>)? {
        var offset = JSONGrammar.skipWhitespace(bytes, from: start)
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ",") {
            offset = JSONGrammar.skipWhitespace(bytes, from: offset + 1)
        }
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { return nil }
        guard let nameEnd = try? JSONGrammar.endOfString(bytes, at: offset) else { return nil }
        let colon = JSONGrammar.skipWhitespace(bytes, from: nameEnd)
        let value = JSONGrammar.skipWhitespace(bytes, from: colon + 1)
        guard let end = JSONGrammar.endOfCheckedValue(bytes, at: value) else { return nil }
        return (offset..<nameEnd, value..<end)
    }
}

extension JSONSlice {
    /// Whether this is an object of primitives alone, written without white space, each name once, and none with an
    /// escape: what it comes to when it is read and written again.
    package var isPlainObject: Bool {
        guard kind == .object else { return false }
        return JSONMembers.isPlainObject(bytes.readableBytesUInt8Span)
    }
}

extension JSONMembers {
    /// Names that are compared with each other; an object with more is not taken as plain.
    private static let maximumPlainMembers = 24

    fileprivate static func isPlainObject(_ bytes: borrowing Span<UInt8>) -> Bool {
        var names: [Range<Int>] = []
        names.reserveCapacity(8)
        var offset = 1
        while let member = member(of: bytes, from: offset) {
            let start = names.isEmpty ? 1 : offset + 1
            let first = bytes[member.value.lowerBound]
            guard member.name.lowerBound == start, member.value.lowerBound == member.name.upperBound + 1,
                first != UInt8(ascii: "{"), first != UInt8(ascii: "["), names.count < maximumPlainMembers,
                isNew(member.name, among: names, bytes)
            else { return false }
            names.append(member.name)
            offset = member.value.upperBound
        }
        return offset == bytes.count - 1
    }

    /// Whether a name has no escape and is none of those before it.
    private static func isNew(_ name: Range<Int>, among names: [Range<Int>], _ bytes: borrowing Span<UInt8>)
        -> Bool
    {
        for offset in name where bytes[offset] == UInt8(ascii: "\\") { return false }
        for other in names where other.count == name.count {
            var offset = 1
            while offset < name.count, bytes[other.lowerBound + offset] == bytes[name.lowerBound + offset] {
                offset += 1
            }
            if offset == name.count { return false }
        }
        return true
    }
}

/// The elements of an array, in order; nothing for any other value.
package struct JSONElements: Sequence, IteratorProtocol {
    private let array: ByteBuffer
    private var offset: Int

    init(of slice: JSONSlice) {
        array = slice.bytes
        offset = slice.kind == .array ? 1 : slice.bytes.readableBytes
    }

    /// The next element.
    package mutating func next() -> JSONSlice? {
        guard let element = JSONElements.element(of: array.readableBytesUInt8Span, from: offset) else {
            return nil
        }
        offset = element.upperBound
        return JSONSlice(unchecked: array, element)
    }

    private static func element(of bytes: borrowing Span<UInt8>, from start: Int) -> Range<Int>? {
        var offset = JSONGrammar.skipWhitespace(bytes, from: start)
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ",") {
            offset = JSONGrammar.skipWhitespace(bytes, from: offset + 1)
        }
        guard offset < bytes.count, bytes[offset] != UInt8(ascii: "]"),
            let end = JSONGrammar.endOfCheckedValue(bytes, at: offset)
        else { return nil }
        return offset..<end
    }
}

extension JSONGrammar {
    /// The end of a value that was found well-formed before: brackets are counted, the rest is not looked at again.
    static func endOfCheckedValue(_ bytes: borrowing Span<UInt8>, at start: Int) -> Int? {
        var open = 0
        var offset = start
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                guard let end = try? endOfString(bytes, at: offset) else { return nil }
                offset = end
                if open == 0 { return offset }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if open <= 1 { return open == 1 ? offset + 1 : offset }
                open -= 1
            case UInt8(ascii: ","), 0x20, 0x0a, 0x0d, 0x09:
                if open == 0 { return offset }
            default: break
            }
            offset += 1
        }
        return open == 0 && offset > start ? offset : nil
    }
}
