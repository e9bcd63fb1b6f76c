/// Command-line flags in the manner of Go's standard library, which Resgate's are read by: one dash or two, a value behind
/// `=` or as the next argument, and nothing but `=` behind a flag that is true or false.
struct FlagSet {
    /// What a flag takes.
    enum Kind {
        case bool, integer, unsigned, string
    }

    /// One flag.
    struct Flag {
        /// All its names, the first of which it goes by.
        let names: [String]
        let kind: Kind

        init(_ names: String..., kind: Kind = .string) {
            self.names = names
            self.kind = kind
        }
    }

    /// Why arguments are refused: a sentence as Go has it, for programs that look at it.
    struct Failure: Error, Equatable {
        let message: String
    }

    private let flags: [Flag]

    init(_ flags: [Flag]) {
        self.flags = flags
    }

    /// The values that arguments give each flag, in order, by the flag's first name.
    ///
    /// Stops at the first argument that is no flag, and behind `--`.
    func parse(_ arguments: [String]) throws(Failure) -> [String: [String]] {
        var values: [String: [String]] = [:]
        var rest = arguments[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument != "-" {
            rest.removeFirst()
            if argument == "--" { break }
            let text = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
            guard let start = text.first, start != "-", start != "=" else {
                throw Failure(message: "bad flag syntax: \(argument)")
            }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let flag = flags.first(where: { $0.names.contains(name) }) else {
                throw Failure(message: "flag provided but not defined: -\(name)")
            }
            let value: String
            if parts.count > 1 {
                value = String(parts[1])
            } else if flag.kind == .bool {
                value = "true"
            } else if let next = rest.popFirst() {
                value = next
            } else {
                throw Failure(message: "flag needs an argument: -\(name)")
            }
            values[flag.names[0], default: []].append(try FlagSet.checked(value, flag, name))
        }
        return values
    }

    /// A value in the form that all spellings of it come down to.
    private static func checked(_ value: String, _ flag: Flag, _ name: String) throws(Failure) -> String {
        switch flag.kind {
        case .string: return value
        case .bool:
            switch value {
            case "1", "t", "T", "TRUE", "true", "True": return "true"
            case "0", "f", "F", "FALSE", "false", "False": return "false"
            default:
                throw Failure(message: "invalid boolean value \"\(value)\" for -\(name): parse error")
            }
        case .integer:
            if let number = Int(value) { return String(number) }
        case .unsigned:
            if let number = UInt(value) { return String(number) }
        }
        throw Failure(message: "invalid value \"\(value)\" for flag -\(name): parse error")
    }
}
