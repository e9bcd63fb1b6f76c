/// A value as SQLite stores it: one of its five storage classes.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    /// Text that is no UTF-8, kept byte for byte so that it can be bound again.
    case malformedText([UInt8])
    case blob([UInt8])

    /// Text from bytes of unknown encoding.
    static func text(decoding bytes: some Collection<UInt8>) -> SQLValue {
        String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .malformedText(Array(bytes))
    }

    /// Whether this is an integer or a real number.
    var isNumber: Bool {
        switch self {
        case .integer, .real: true
        case .null, .text, .malformedText, .blob: false
        }
    }

    /// Whether this is NULL.
    var isNull: Bool { self == .null }
}
