/// A value as SQLite stores it: one of its five storage classes.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(SQLBytes)
    case blob([UInt8])

    /// Whether this is an integer or a real number.
    var isNumber: Bool {
        switch self {
        case .integer, .real: true
        case .null, .text, .blob: false
        }
    }

    /// Whether this is NULL.
    var isNull: Bool { self == .null }
}

/// Text as SQLite stores it: bytes that should be UTF-8, equal when the bytes are.
///
/// A `String` would take different bytes of one canonical meaning as equal, which SQLite does not.
struct SQLBytes: Hashable, Sendable, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(_ text: String) { bytes = Array(text.utf8) }

    init(stringLiteral text: String) { self.init(text) }

    /// The text, repaired where it is no UTF-8.
    var string: String { String(decoding: bytes, as: UTF8.self) }
}
