/// SQLite's LIKE on text: `%` is any text, `_` any one character, ASCII letters compare without case.
enum LikePattern {
    /// Whether text matches a pattern.
    ///
    /// - Complexity: O(*n* · *m*) at worst, in the lengths of text and pattern.
    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var textAt = 0
        var patternAt = 0
        // Where to go on after the last `%` when what follows it does not match.
        var retry: (text: Int, pattern: Int)?
        while textAt < text.count || patternAt < pattern.count {
            if patternAt < pattern.count, pattern[patternAt] == UInt8(ascii: "%") {
                patternAt += 1
                retry = (textAt, patternAt)
            } else if patternAt < pattern.count, textAt < text.count,
                let length = step(text, textAt, pattern[patternAt])
            {
                textAt += length
                patternAt += 1
            } else {
                guard let (from, pattern) = retry, from < text.count else { return false }
                textAt = from + characterLength(text, from)
                patternAt = pattern
                retry = (textAt, pattern)
            }
        }
        return true
    }

    /// Whether text begins with other text, ASCII letters without case.
    static func starts(_ text: [UInt8], with prefix: [UInt8], at offset: Int = 0) -> Bool {
        guard text.count - offset >= prefix.count else { return false }
        for index in prefix.indices
        where ValueOrder.folded(text[offset + index]) != ValueOrder.folded(prefix[index]) { return false }
        return true
    }

    /// Whether text holds other text, ASCII letters without case.
    static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { starts(text, with: part, at: $0) }
    }

    /// How much of the text one byte of the pattern matches; nil for nothing.
    private static func step(_ text: [UInt8], _ offset: Int, _ wanted: UInt8) -> Int? {
        if wanted == UInt8(ascii: "_") { return characterLength(text, offset) }
        return ValueOrder.folded(text[offset]) == ValueOrder.folded(wanted) ? 1 : nil
    }

    private static func characterLength(_ text: [UInt8], _ offset: Int) -> Int {
        var end = offset + 1
        guard text[offset] >= 0xc0 else { return 1 }
        while end < text.count, text[end] & 0xc0 == 0x80 { end += 1 }
        return end - offset
    }
}
