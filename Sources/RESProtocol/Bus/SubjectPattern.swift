/// What a subscription asks for: a subject in which `*` stands for one token and a final `>` for one or more.
///
/// The patterns of a RES `system.reset` have the same grammar (RES service protocol, system reset event).
package struct SubjectPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as it stands on the wire.
    package let text: String

    /// A pattern from outside, or nil when it has an empty token, white space, or a `>` that is not last.
    package init?(_ text: String) {
        guard SubjectPattern.isWellFormed(text) else { return nil }
        self.text = text
    }

    /// A pattern whose maker vouches for it: joined from parts that were checked before.
    package init(unchecked text: String) {
        self.text = text
    }

    /// The pattern that only this subject matches.
    package init(_ subject: Subject) {
        self.text = subject.text
    }

    package var description: String { text }

    /// Whether a subject with this text is one the pattern asks for.
    ///
    /// - Complexity: O(*n*) in the shorter of the two.
    package func matches(_ subject: some StringProtocol) -> Bool {
        var pattern = text.utf8[...]
        var rest = Substring(subject).utf8
        while true {
            let wanted = SubjectPattern.takeToken(&pattern)
            if wanted.elementsEqual(">".utf8) { return !rest.isEmpty }
            guard !rest.isEmpty else { return false }
            let token = SubjectPattern.takeToken(&rest)
            guard wanted.elementsEqual("*".utf8) || wanted.elementsEqual(token) else { return false }
            if pattern.isEmpty || rest.isEmpty { return pattern.isEmpty && rest.isEmpty }
        }
    }

    private static func takeToken(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        guard let dot = rest.firstIndex(of: UInt8(ascii: ".")) else {
            defer { rest = rest[rest.endIndex...] }
            return rest
        }
        defer { rest = rest[rest.index(after: dot)...] }
        return rest[..<dot]
    }

    private static func isWellFormed(_ text: String) -> Bool {
        guard Subject(text) != nil else { return false }
        let tokens = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return !tokens.dropLast().contains { $0.elementsEqual(">".utf8) }
    }
}

extension SubjectPattern: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        precondition(SubjectPattern.isWellFormed(value), "a pattern literal must be a well-formed pattern")
        self.text = value
    }
}
