import RESProtocol

/// JSON values as text in generated files.
enum JSONText {
    /// A string in quotes; also a string literal of TypeScript and, but for `\(`, of Swift.
    static func string(_ text: String) -> String { JSONSlice(string: text).text }
}
