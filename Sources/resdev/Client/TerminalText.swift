/// Text as a terminal shows it.
enum TerminalText {
    /// The text without what would move the cursor or change the terminal's state: control characters are shown as
    /// their symbols (U+2400…).
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if !isControl(scalar) {
                shown.append(scalar)
            } else {
                shown.append(scalar.value < 0x20 ? Unicode.Scalar(0x2400 + scalar.value) ?? "␦" : "␦")
            }
        }
        return String(shown)
    }

    /// How many cells the text takes; a wide character of East Asia or an emoji takes two.
    static func width(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text with spaces behind it up to a width, or cut with an ellipsis where it is wider.
    static func fitted(_ text: String, to width: Int) -> String {
        let own = self.width(text)
        guard own > width else { return text + String(repeating: " ", count: width - own) }
        var shown = ""
        var used = 0
        for character in text {
            let next = self.width(character)
            if used + next > width - 1 { break }
            shown.append(character)
            used += next
        }
        return shown + "…" + String(repeating: " ", count: max(0, width - used - 1))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || 0x7f..<0xa0 ~= scalar.value || 0x202a...0x202e ~= scalar.value
            || 0x2066...0x2069 ~= scalar.value
    }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
