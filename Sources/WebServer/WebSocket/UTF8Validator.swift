/// Checks text for UTF-8 as it arrives in pieces (RFC 3629): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
struct UTF8Validator: Hashable {
    /// Continuation bytes that the character which has started still lacks.
    private var due: UInt8 = 0
    /// Least and greatest value of the next continuation byte.
    private var least: UInt8 = 0x80
    private var greatest: UInt8 = 0xbf

    /// Whether the text so far ends with a whole character.
    var isComplete: Bool { due == 0 }

    /// Goes on with the bytes from an offset to the end; false as soon as they cannot be UTF-8.
    mutating func consume(_ bytes: borrowing Span<UInt8>, from start: Int) -> Bool {
        for offset in start..<bytes.count {
            let byte = bytes[offset]
            if due == 0 {
                guard byte < 0x80 || characterStarts(byte) else { return false }
            } else {
                guard least <= byte, byte <= greatest else { return false }
                due -= 1
                least = 0x80
                greatest = 0xbf
            }
        }
        return true
    }

    private mutating func characterStarts(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xc2...0xdf: due = 1
        case 0xe0...0xef:
            due = 2
            if byte == 0xe0 { least = 0xa0 }
            if byte == 0xed { greatest = 0x9f }
        case 0xf0...0xf4:
            due = 3
            if byte == 0xf0 { least = 0x90 }
            if byte == 0xf4 { greatest = 0x8f }
        default: return false
        }
        return true
    }
}
