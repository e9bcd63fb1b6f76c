import RESProtocol

/// One thing that was looked at.
struct Finding: Equatable {
    enum Verdict: String {
        case good
        /// Worth knowing; nothing is broken.
        case remark
        case bad
    }

    let verdict: Verdict
    let message: String
    var remedy: String?

    init(_ verdict: Verdict, _ message: String, remedy: String? = nil) {
        self.verdict = verdict
        self.message = message
        self.remedy = remedy
    }

    /// For people, the remedy on a line of its own.
    func line(_ style: TerminalStyle) -> String {
        let sign =
            switch verdict {
            case .good: style.good("✓")
            case .remark: style.warning("!")
            case .bad: style.bad("✗")
            }
        return "\(sign) \(message)" + (remedy.map { "\n  \(style.dim($0))" } ?? "")
    }

    /// For programs.
    var json: String {
        var members = [
            ("verdict", JSONSlice(string: verdict.rawValue)), ("message", JSONSlice(string: message)),
        ]
        if let remedy { members.append(("remedy", JSONSlice(string: remedy))) }
        return JSONSlice.object(members).text
    }
}
