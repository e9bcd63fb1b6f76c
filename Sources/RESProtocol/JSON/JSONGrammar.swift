/// The grammar of RFC 8259 over bytes: finds where a value ends, and whether it is one.
///
/// Works in place and allocates nothing. Strings are checked for control characters and escapes; their UTF-8 is taken
/// as it is and repaired where a string is decoded.
enum JSONGrammar {
    /// Skips white space from an offset on.
    static func skipWhitespace(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            default: return offset
            }
        }
        return offset
    }

    /// The end of the value that starts at an offset.
    ///
    /// - Parameter depth: how many arrays and objects may still be opened.
    static func endOfValue(
        _ bytes: borrowing Span<UInt8>,
        at start: Int,
        depth: Int
    ) throws(JSONError) -> Int {
        guard start < bytes.count else {
            throw JSONError("the text ends where a value should stand", at: start)
        }
        switch bytes[start] {
        case UInt8(ascii: "\""): return try endOfString(bytes, at: start)
        case UInt8(ascii: "{"): return try endOfObject(bytes, at: start, depth: depth)
        case UInt8(ascii: "["): return try endOfArray(bytes, at: start, depth: depth)
        case UInt8(ascii: "t"): return try endOfWord(bytes, "true", at: start)
        case UInt8(ascii: "f"): return try endOfWord(bytes, "false", at: start)
        case UInt8(ascii: "n"): return try endOfWord(bytes, "null", at: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try endOfNumber(bytes, at: start)
        default: throw JSONError("an unexpected character where a value should stand", at: start)
        }
    }

    /// The end of the string whose opening quote stands at an offset.
    static func endOfString(_ bytes: borrowing Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        var offset = start + 1
        while true {
            offset = endOfPlainText(bytes, from: offset)
            guard offset < bytes.count else { break }
            switch bytes[offset] {
            case UInt8(ascii: "\""): return offset + 1
            case UInt8(ascii: "\\"): offset = try endOfEscape(bytes, at: offset)
            case 0..<0x20: throw JSONError("a control character in a string", at: offset)
            default: offset += 1
            }
        }
        throw JSONError("a string without its closing quote", at: start)
    }

    /// The first byte from an offset on that means something within a string: a quote, a backslash or a control character.
    ///
    /// Eight bytes are looked at in one step, since strings are most of what there is to read.
    static func endOfPlainText(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits = ones << 7
        let raw = bytes.bytes
        var offset = start
        while offset + 8 <= bytes.count {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // A byte's high bit is set where it is zero, or under 0x20; bytes behind the first of these may be wrong.
            let found =
                ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                    | (word &- ones &* 0x20) & ~word) & highBits
            guard found == 0 else { return offset + found.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return offset
            default: offset += 1
            }
        }
        return offset
    }

    private static func endOfEscape(_ bytes: borrowing Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        guard start + 1 < bytes.count else { throw JSONError("the text ends inside an escape", at: start) }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard hexValue(bytes, at: start + 2) != nil else {
                throw JSONError("\\u without four hexadecimal digits", at: start)
            }
            return start + 6
        default: throw JSONError("an unknown escape in a string", at: start)
        }
    }

    /// The value of four hexadecimal digits, or nil when there are none.
    static func hexValue(_ bytes: borrowing Span<UInt8>, at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for offset in start..<start + 4 {
            let digit: UInt8
            switch bytes[offset] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[offset] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[offset] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[offset] - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private static func endOfWord(
        _ bytes: borrowing Span<UInt8>,
        _ word: StaticString,
        at start: Int
    ) throws(JSONError) -> Int {
        let end = start + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw JSONError("the text ends inside a word", at: start) }
        let matches = word.withUTF8Buffer { letters in
            for index in letters.indices where bytes[start + index] != letters[index] { return false }
            return true
        }
        guard matches else {
            throw JSONError("an unknown word; true, false or null would be right", at: start)
        }
        return end
    }

    private static func endOfNumber(_ bytes: borrowing Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        var offset = start
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") {
            offset += 1
        } else {
            offset = try endOfDigits(bytes, at: offset)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset = try endOfDigits(bytes, at: offset + 1)
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
            {
                offset += 1
            }
            offset = try endOfDigits(bytes, at: offset)
        }
        return offset
    }

    private static func endOfDigits(_ bytes: borrowing Span<UInt8>, at start: Int) throws(JSONError) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") {
            offset += 1
        }
        guard offset > start else {
            throw JSONError("a number without a digit where one should stand", at: start)
        }
        return offset
    }

    private static func endOfArray(
        _ bytes: borrowing Span<UInt8>,
        at start: Int,
        depth: Int
    ) throws(JSONError) -> Int {
        guard depth > 0 else { throw JSONError("nested too deeply", at: start) }
        var offset = skipWhitespace(bytes, from: start + 1)
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") { return offset + 1 }
        while true {
            offset = skipWhitespace(bytes, from: try endOfValue(bytes, at: offset, depth: depth - 1))
            guard offset < bytes.count else {
                throw JSONError("an array without its closing bracket", at: start)
            }
            switch bytes[offset] {
            case UInt8(ascii: "]"): return offset + 1
            case UInt8(ascii: ","): offset = skipWhitespace(bytes, from: offset + 1)
            default: throw JSONError("neither a comma nor a bracket after an element", at: offset)
            }
        }
    }

    private static func endOfObject(
        _ bytes: borrowing Span<UInt8>,
        at start: Int,
        depth: Int
    ) throws(JSONError) -> Int {
        guard depth > 0 else { throw JSONError("nested too deeply", at: start) }
        var offset = skipWhitespace(bytes, from: start + 1)
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "}") { return offset + 1 }
        while true {
            let value = try startOfMemberValue(bytes, at: offset)
            offset = skipWhitespace(bytes, from: try endOfValue(bytes, at: value, depth: depth - 1))
            guard offset < bytes.count else {
                throw JSONError("an object without its closing brace", at: start)
            }
            switch bytes[offset] {
            case UInt8(ascii: "}"): return offset + 1
            case UInt8(ascii: ","): offset = skipWhitespace(bytes, from: offset + 1)
            default: throw JSONError("neither a comma nor a brace after a member", at: offset)
            }
        }
    }

    private static func startOfMemberValue(
        _ bytes: borrowing Span<UInt8>,
        at start: Int
    ) throws(JSONError) -> Int {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
            throw JSONError("a member without a name in quotes", at: start)
        }
        let colon = skipWhitespace(bytes, from: try endOfString(bytes, at: start))
        guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else {
            throw JSONError("a member's name without a colon after it", at: colon)
        }
        return skipWhitespace(bytes, from: colon + 1)
    }
}
