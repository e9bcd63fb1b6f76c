import RESProtocol

/// An expression of the configuration, with its parameters numbered as SQLite wants them.
///
/// Only the words are looked at; whether it is an expression at all, SQLite says.
struct RuleExpression: Hashable, Sendable {
    let text: RuleText
    /// The expression with `?1`, `?2` … for its parameters.
    let sql: String
    /// What is bound, in order.
    let parameters: [RuleParameter]
    /// Whether NULL for a column that is not known can only make the whole NULL where it matters: the expression has
    /// nothing that makes a definite answer out of NULL.
    let isStrict: Bool

    /// For each replaced part: where it ends in `sql`, and where it ended in the text.
    private let offsets: [(sql: Int, text: Int)]

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Reads the words of an expression.
    ///
    /// - Throws: a parameter that rules have not, a text or bracket that does not end, more than one expression.
    init(_ text: RuleText) throws(ConfigurationError) {
        var scanner = RuleScanner(text)
        try scanner.scan()
        self.text = text
        sql = scanner.sql
        parameters = scanner.parameters
        offsets = scanner.offsets
        isStrict = scanner.nullity.isStrict
    }

    /// Whether the parameters of the call matter, which are known only when it is made.
    var usesParams: Bool {
        parameters.contains { if case .params = $0 { true } else { false } }
    }

    /// The place in the configuration of a byte of `sql`.
    func position(ofByte offset: Int) -> ConfigurationPosition {
        let last = offsets.last { $0.sql <= offset } ?? (sql: 0, text: 0)
        return text.position(ofByte: min(last.text + offset - last.sql, text.sql.utf8.count))
    }

    func values(_ arguments: RuleArguments) -> [SQLValue] { parameters.map { arguments.value(of: $0) } }
}

/// Goes through the words of an expression (SQLite's tokenizer, as far as parameters and brackets need it).
private struct RuleScanner {
    let text: RuleText
    private let bytes: [UInt8]
    private var offset = 0
    private var copied = 0
    private(set) var output: [UInt8] = []
    private(set) var parameters: [RuleParameter] = []
    private(set) var offsets: [(sql: Int, text: Int)] = []
    private(set) var nullity = Nullity()

    var sql: String { String(decoding: output, as: UTF8.self) }

    init(_ text: RuleText) {
        self.text = text
        bytes = Array(text.sql.utf8)
    }

    mutating func scan() throws(ConfigurationError) {
        var open: [Int] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): try skipQuoted(until: byte)
            case UInt8(ascii: "["): try skipQuoted(until: UInt8(ascii: "]"))
            case UInt8(ascii: "-") where next == UInt8(ascii: "-"): skipLine()
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"): try skipComment()
            case UInt8(ascii: ":"): try takeParameter()
            case UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "$"):
                throw error("parameters of rules are :token.NAME, :params.NAME and :method", at: offset)
            case UInt8(ascii: ";"): throw error("a rule is one expression, without ';'", at: offset)
            case UInt8(ascii: "("):
                open.append(offset)
                nullity.saw(.open)
                offset += 1
            case UInt8(ascii: ")"):
                guard open.popLast() != nil else { throw error("a closing bracket too many", at: offset) }
                nullity.saw(.other)
                offset += 1
            case _ where RuleScanner.isWord(byte): takeWord()
            case 0x20, 0x09, 0x0a, 0x0d, 0x0c: offset += 1
            default:
                nullity.saw(byte == UInt8(ascii: ",") ? .open : .other)
                offset += 1
            }
        }
        if let open = open.last { throw error("a bracket that is not closed", at: open) }
        output += bytes[copied...]
    }

    private var next: UInt8? { offset + 1 < bytes.count ? bytes[offset + 1] : nil }

    private mutating func skipQuoted(until end: UInt8) throws(ConfigurationError) {
        let start = offset
        offset += 1
        while offset < bytes.count {
            defer { offset += 1 }
            guard bytes[offset] == end else { continue }
            guard next == end, end != UInt8(ascii: "]") else {
                nullity.saw(.other)
                return
            }
            offset += 1
        }
        throw error("a text without its closing quote", at: start)
    }

    private mutating func skipLine() {
        while offset < bytes.count, bytes[offset] != 0x0a { offset += 1 }
    }

    private mutating func skipComment() throws(ConfigurationError) {
        let start = offset
        offset += 2
        while offset + 1 < bytes.count {
            if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
                offset += 2
                return
            }
            offset += 1
        }
        throw error("a comment that is not closed", at: start)
    }

    private mutating func takeWord() {
        let start = offset
        while offset < bytes.count, RuleScanner.isWord(bytes[offset]) { offset += 1 }
        let word = String(decoding: bytes[start..<offset], as: UTF8.self).lowercased()
        var after = offset
        while after < bytes.count, bytes[after] <= 0x20 { after += 1 }
        let isCall = after < bytes.count && bytes[after] == UInt8(ascii: "(")
        nullity.saw(.word(word, isCall: isCall))
    }

    private mutating func takeParameter() throws(ConfigurationError) {
        let start = offset
        offset += 1
        let first = offset
        while offset < bytes.count, RuleScanner.isWord(bytes[offset]) || bytes[offset] == UInt8(ascii: ".") {
            offset += 1
        }
        let name = String(decoding: bytes[first..<offset], as: UTF8.self)
        guard let parameter = RuleParameter(name: name) else {
            let near = name.split(separator: ".").first.flatMap {
                String($0).nearestMatch(among: ["token", "params", "method"])
            }
            let question = near.map { "; did you mean :\($0)?" } ?? ""
            throw error(
                "there is no parameter :\(name) in rules, only :token.NAME, :params.NAME and :method\(question)",
                at: start
            )
        }
        let number: Int
        if let known = parameters.firstIndex(of: parameter) {
            number = known + 1
        } else {
            parameters.append(parameter)
            number = parameters.count
        }
        output += bytes[copied..<start] + Array("?\(number)".utf8)
        copied = offset
        offsets.append((sql: output.count, text: offset))
        nullity.saw(.parameter)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private func error(_ message: String, at offset: Int) -> ConfigurationError {
        ConfigurationError(message, at: text.position(ofByte: offset))
    }
}

/// Finds out whether an expression can turn NULL into a definite answer, as `x IS NULL` and `coalesce(x, 1)` do.
///
/// Then a column that is not known must not be taken as NULL. `IS NULL` on a parameter alone is harmless.
private struct Nullity {
    enum Token: Hashable {
        case word(String, isCall: Bool)
        case parameter
        /// What an operand can begin after: a bracket or comma.
        case open
        case other
    }

    private(set) var isStrict = true
    private var last: Token = .open
    /// Whether the operand that just ended is one parameter and nothing else.
    private var endsLoneParameter = false
    /// Whether `NULL` may follow, and `NOT` before it.
    private var awaitsNull = false
    /// `AND` may belong to BETWEEN from here on, and then begins no operand of its own.
    private var hasBetween = false

    private static let strictFunctions: Set<String> = [
        "abs", "cast", "date", "datetime", "hex", "instr", "julianday", "length", "lower", "ltrim", "replace",
        "round", "rtrim", "strftime", "substr", "substring", "time", "trim", "unicode", "upper", "unixepoch",
    ]
    private static let operators: Set<String> = ["and", "or", "not", "in", "between", "like", "glob", "on"]
    private static let sensitive: Set<String> = [
        "is", "isnull", "notnull", "null", "case", "exists", "select", "with", "values",
    ]

    mutating func saw(_ token: Token) {
        defer { last = token }
        let wasLone = endsLoneParameter
        endsLoneParameter = token == .parameter && canBeginOperand
        let mayBeNull = awaitsNull
        awaitsNull = false
        guard case .word(let word, let isCall) = token else {
            if mayBeNull { isStrict = false }
            return
        }
        if word == "between" { hasBetween = true }
        switch word {
        case "is" where wasLone: awaitsNull = true
        case "not" where mayBeNull || wasLone: awaitsNull = true
        case "null" where mayBeNull: break
        case "isnull" where wasLone, "notnull" where wasLone: break
        default:
            if mayBeNull || Nullity.sensitive.contains(word) { isStrict = false }
            if isCall, !Nullity.operators.contains(word), !Nullity.strictFunctions.contains(word) {
                isStrict = false
            }
        }
    }

    private var canBeginOperand: Bool {
        switch last {
        case .open: true
        case .word(let word, _): !hasBetween && ["and", "or", "not"].contains(word)
        case .parameter, .other: false
        }
    }
}
