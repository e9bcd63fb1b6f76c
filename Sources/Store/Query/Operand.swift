/// What a text in a query stands for when it is compared with a column.
enum Operand {
    /// The value to compare with: a number where column and text are numeric, as SQLite's affinity would make it.
    static func value(_ text: String, for column: Column) -> SQLValue {
        if column.form == .boolean {
            if text == "true" { return .integer(1) }
            if text == "false" { return .integer(0) }
        }
        guard column.affinity != .text else { return .text(SQLBytes(text)) }
        if column.affinity == .real {
            if text == "Infinity" { return .real(.infinity) }
            if text == "-Infinity" { return .real(-.infinity) }
        }
        return number(text) ?? .text(SQLBytes(text))
    }

    /// The number that a text writes, as an integer where it is whole; nil for any other text.
    ///
    /// White space around it counts as little as it does to SQLite.
    static func number(_ text: String) -> SQLValue? {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || 0x09...0x0d ~= $0 }
        guard let first = text.utf8.firstIndex(where: { !isBlank($0) }),
            let last = text.utf8.lastIndex(where: { !isBlank($0) })
        else { return nil }
        let text = text[first...last]
        let isNumber = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isNumber, text.utf8.contains(where: { 0x30...0x39 ~= $0 }) else { return nil }
        if let integer = Int64(text) { return .integer(integer) }
        guard let real = Double(text) else { return nil }
        if real.magnitude <= Double(ModelEncoding.maximumSafeInteger), let whole = Int64(exactly: real) {
            return .integer(whole)
        }
        return .real(real)
    }

    /// The canonical text of a value that a query compares with.
    static func text(_ value: SQLValue, for column: Column) -> String {
        switch value {
        case .null, .blob: ""
        case .integer(let number):
            column.form == .boolean && (number == 0 || number == 1)
                ? (number == 1 ? "true" : "false") : String(number)
        case .real(let number):
            number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : number.description
        case .text(let text): text.string
        }
    }
}
