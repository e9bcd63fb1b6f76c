/// What the keys of the terminal do while a server runs.
struct HotKeys {
    /// What a key asks for.
    enum Action: Equatable {
        case help, open, latency, drop, quit
        /// Whether the data is really to be made what it was; the same key again says yes.
        case askReset
        case reset
        /// An empty line, by which people set apart what comes next.
        case line
    }

    private var isResetAsked = false

    /// What a press asks for; nil for a key without a meaning.
    mutating func pressed(_ key: UInt8) -> Action? {
        let wasAsked = isResetAsked
        isResetAsked = false
        switch key {
        case UInt8(ascii: "h"), UInt8(ascii: "?"): return .help
        case UInt8(ascii: "o"): return .open
        case UInt8(ascii: "l"): return .latency
        case UInt8(ascii: "d"): return .drop
        case UInt8(ascii: "q"): return .quit
        case UInt8(ascii: "r"):
            isResetAsked = !wasAsked
            return wasAsked ? .reset : .askReset
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return .line
        default: return nil
        }
    }

    /// What a terminal sends at once: a key, several that were pressed in between, or the sequence of a key that
    /// has no character (ECMA-48 section 5.4), which has no meaning here.
    static func keys(of bytes: [UInt8]) -> [UInt8] {
        bytes.first == 0x1b ? [] : bytes
    }

    /// One line for each key.
    static func help(_ style: TerminalStyle) -> String {
        [
            ("h", "this list"), ("o", "open the server's page in a browser"),
            ("l", "latency of clients: 200 ms, 1 s, none"), ("d", "drop the WebSockets of all clients"),
            ("r", "reset the data to its source, or to the latest snapshot"), ("q", "quit"),
        ].map { "  \(style.bold($0.0))  \($0.1)\n" }.joined()
    }
}
