/// What SQLite makes of a value that is stored in, or compared with, a column (SQLite, "Datatypes", section 3).
enum Affinity: Hashable, Sendable {
    case integer, text, blob, real, numeric

    /// The affinity of a declared type, by the five rules of section 3.1.
    init(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("INT") {
            self = .integer
        } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
            self = .text
        } else if type.contains("BLOB") || type.isEmpty {
            self = .blob
        } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
            self = .real
        } else {
            self = .numeric
        }
    }

    /// Whether text that looks like a number becomes one.
    var isNumeric: Bool {
        switch self {
        case .integer, .real, .numeric: true
        case .text, .blob: false
        }
    }
}

/// How a column's values are shown, beyond what their storage class says.
enum ColumnForm: Hashable, Sendable {
    /// As they are stored.
    case plain
    /// Declared as BOOLEAN: 0 and 1 are `false` and `true`.
    case boolean
    /// Declared as JSON: text is the JSON value it holds.
    case json

    init(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("BOOL") {
            self = .boolean
        } else if type.contains("JSON") {
            self = .json
        } else {
            self = .plain
        }
    }
}
