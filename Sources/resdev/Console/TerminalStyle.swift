/// Escape sequences where a terminal shows colour, and nothing elsewhere.
struct TerminalStyle: Equatable, Sendable {
    let inColour: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func link(_ text: String) -> String { wrap(text, "36") }
    /// Something that has come, or is well.
    func good(_ text: String) -> String { wrap(text, "32") }
    /// Something that has gone, or is wrong.
    func bad(_ text: String) -> String { wrap(text, "31") }
    /// Something to look at.
    func warning(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        inColour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
