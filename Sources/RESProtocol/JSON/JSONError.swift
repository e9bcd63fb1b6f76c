/// Why bytes are not a JSON text, and where (RFC 8259).
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found, and what would have been right.
    package let problem: String
    /// Offset of the first byte that does not fit, from the start of the text.
    package let offset: Int

    package init(_ problem: String, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    package var description: String { "\(problem) at byte \(offset)" }
}
