/// A literal NATS subject: tokens joined by dots, to which a message is published.
///
/// Case-sensitive. A subject holds no white space and no empty token; `*` and `>` have no meaning in it.
package struct Subject: Hashable, Sendable, CustomStringConvertible {
    /// The subject as it stands on the wire.
    package let text: String

    /// A subject from outside, or nil when it has an empty token, white space or a control character.
    package init?(_ text: String) {
        guard Subject.isWellFormed(text) else { return nil }
        self.text = text
    }

    /// A subject whose maker vouches for it: joined from parts that were checked before.
    package init(unchecked text: String) {
        self.text = text
    }

    package var description: String { text }

    /// Whether the text has no empty token and no byte that a NATS control line cannot carry.
    private static func isWellFormed(_ text: String) -> Bool {
        var tokenLength = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                guard tokenLength > 0 else { return false }
                tokenLength = 0
            } else {
                guard byte > 0x20, byte != 0x7f else { return false }
                tokenLength += 1
            }
        }
        return tokenLength > 0
    }
}

extension Subject: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        precondition(Subject.isWellFormed(value), "a subject literal has no empty token and no white space")
        self.text = value
    }
}
