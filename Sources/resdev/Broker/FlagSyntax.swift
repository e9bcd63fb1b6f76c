/// A flag as it stands on a command line in the grammar of Go's programs: `-x`, `--x`, `-x=v`, `-x v`.
///
/// One dash or two mean the same, and what follows a flag that takes a value is its value, whatever it looks like.
struct FlagSyntax: Equatable {
    /// The name without dashes.
    let name: String
    /// What stands behind `=`; nil where there is none.
    let value: String?

    /// What a word of the command line is.
    enum Word: Equatable {
        case flag(FlagSyntax)
        /// No flag: parsing ends before it.
        case argument
        /// `--`: parsing ends behind it.
        case end
        /// Dashes that no name follows.
        case malformed
    }

    /// Tells what a word is.
    static func word(_ text: String) -> Word {
        guard text.count >= 2, text.hasPrefix("-") else { return .argument }
        if text == "--" { return .end }
        let rest = text.dropFirst(text.hasPrefix("--") ? 2 : 1)
        guard let first = rest.first, first != "-", first != "=" else { return .malformed }
        guard let equals = rest.firstIndex(of: "=") else {
            return .flag(FlagSyntax(name: String(rest), value: nil))
        }
        let value = String(rest[rest.index(after: equals)...])
        return .flag(FlagSyntax(name: String(rest[..<equals]), value: value))
    }

    /// A flag's value as a truth value, in the words Go understands.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// A flag's value as a whole number: decimal, or with the prefix `0x`, `0o`, `0b` or `0`.
    static func integer(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard let first = digits.first, first.isNumber else { return nil }
        let magnitude: Int? =
            switch digits.prefix(2).lowercased() {
            case "0x": Int(digits.dropFirst(2), radix: 16)
            case "0o": Int(digits.dropFirst(2), radix: 8)
            case "0b": Int(digits.dropFirst(2), radix: 2)
            default: Int(digits, radix: first == "0" && digits.count > 1 ? 8 : 10)
            }
        return magnitude.map { isNegative ? -$0 : $0 }
    }
}
