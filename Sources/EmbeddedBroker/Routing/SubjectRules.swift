/// What makes bytes a subject, in the words of the NATS client protocol.
enum SubjectRules {
    /// How many tokens a subject may have that is subscribed to. Matching goes as deep as that on the stack; a control line of
    /// the usual length has no room for more than 2,048.
    static let maximumTokens = 8_192

    /// Whether these bytes may be subscribed to: no empty token, and `>` only as the last one.
    static func isValidPattern(_ subject: borrowing Span<UInt8>) -> Bool {
        var tokenStart = 0
        var tokens = 1
        for offset in subject.indices where subject[offset] == UInt8(ascii: ".") {
            tokens += 1
            guard offset > tokenStart, tokens <= maximumTokens else { return false }
            if offset - tokenStart == 1, subject[tokenStart] == UInt8(ascii: ">") { return false }
            tokenStart = offset + 1
        }
        return tokenStart < subject.count
    }

    /// Whether a valid pattern holds a token that stands for others.
    static func hasWildcard(_ pattern: borrowing Span<UInt8>) -> Bool {
        var tokenStart = 0
        for offset in pattern.indices where pattern[offset] == UInt8(ascii: ".") {
            if isWildcard(pattern, tokenStart..<offset) { return true }
            tokenStart = offset + 1
        }
        return isWildcard(pattern, tokenStart..<pattern.count)
    }

    /// Whether these bytes may be published to: no empty token and no wildcard.
    static func isValidLiteral(_ subject: borrowing Span<UInt8>) -> Bool {
        isValidPattern(subject) && !hasWildcard(subject)
    }

    /// The end of the token that starts at an offset.
    @inline(__always)
    static func endOfToken(_ subject: borrowing Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < subject.count, subject[end] != UInt8(ascii: ".") { end &+= 1 }
        return end
    }

    private static func isWildcard(_ bytes: borrowing Span<UInt8>, _ token: Range<Int>) -> Bool {
        guard token.count == 1 else { return false }
        let byte = bytes[token.lowerBound]
        return byte == UInt8(ascii: "*") || byte == UInt8(ascii: ">")
    }
}

extension SubjectRules {
    /// Whether no token is empty; a subject with an empty one is delivered to nobody.
    static func hasNoEmptyToken(_ subject: borrowing Span<UInt8>) -> Bool {
        var previous = UInt8(ascii: ".")
        for offset in subject.indices {
            let byte = subject[offset]
            if byte == UInt8(ascii: "."), previous == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }
}
