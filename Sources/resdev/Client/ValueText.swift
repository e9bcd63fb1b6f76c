import RESProtocol

extension ResourceValue {
    /// The value as people read it: strings bare, references as arrows.
    var shown: String {
        switch self {
        case .primitive(let slice): TerminalText.printable(slice.string ?? slice.text)
        case .reference(let id), .softReference(let id): "→ " + TerminalText.printable(id.text)
        case .data(let slice): TerminalText.printable(slice.text)
        case .delete: ""
        }
    }

    /// The value as people read it where its kind matters, as in a change: strings in quotes.
    var quoted: String {
        if case .primitive(let slice) = self { return TerminalText.printable(slice.text) }
        return shown
    }

    /// The value as programs read it: primitives and data as they are, references as objects with `rid`.
    var json: JSONSlice {
        switch self {
        case .primitive(let slice), .data(let slice): slice
        case .reference(let id), .softReference(let id):
            JSONSlice.object([("rid", JSONSlice(string: id.text))])
        case .delete: .null
        }
    }
}
