/// What identifies a row of its table, and the last part of the row's resource name.
///
/// Parts of a composite key are joined by commas. In a part, `~n` is NULL, `~e` empty text, `~x…` a blob in hexadecimal
/// and `~t…` text that would otherwise be taken for a number.
enum RowKey: Hashable, Sendable {
    /// A rowid or its alias.
    case integer(Int64)
    /// The values of any other key, in key order.
    case values([SQLValue])

    /// Whether a part is NULL, of which a key may hold several: then it names no row for sure.
    var hasNull: Bool {
        guard case .values(let values) = self else { return false }
        return values.contains(.null)
    }

    /// The part of a resource name.
    func encoded(as affinities: [Affinity]) -> String {
        switch self {
        case .integer(let id): return String(id)
        case .values(let values):
            var part: [UInt8] = []
            for (index, value) in values.enumerated() {
                if index > 0 { part.append(UInt8(ascii: ",")) }
                let affinity = index < affinities.count ? affinities[index] : .blob
                RowKey.append(value, affinity: affinity, to: &part)
            }
            return String(decoding: part, as: UTF8.self)
        }
    }

    /// Reads the part of a resource name; nil when it is none that `encoded(as:)` gives for such a key.
    init?(decoding part: Substring, key: Table.Key, affinities: [Affinity]) {
        switch key {
        case .rowid, .integer:
            guard let id = Int64(part), String(id) == part else { return nil }
            self = .integer(id)
        case .columns(let columns):
            let parts = part.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard parts.count == columns.count else { return nil }
            var values: [SQLValue] = []
            for (part, affinity) in zip(parts, affinities) {
                guard let value = RowKey.value(of: part, affinity: affinity) else { return nil }
                values.append(value)
            }
            self = .values(values)
            guard encoded(as: affinities) == part else { return nil }
        case .none: return nil
        }
    }

    private static func append(_ value: SQLValue, affinity: Affinity, to part: inout [UInt8]) {
        switch value {
        case .null: part.append(contentsOf: "~n".utf8)
        case .integer(let number): part.append(contentsOf: String(number).utf8)
        case .real(let number): NamePart.append(number.description.utf8, to: &part)
        case .text(let text):
            if text.bytes.isEmpty {
                part.append(contentsOf: "~e".utf8)
            } else {
                if affinity != .text, number(text.string) != nil { part.append(contentsOf: "~t".utf8) }
                NamePart.append(text.bytes, to: &part)
            }
        case .blob(let bytes):
            part.append(contentsOf: "~x".utf8)
            for byte in bytes {
                part.append(NamePart.hexDigit(byte >> 4))
                part.append(NamePart.hexDigit(byte & 15))
            }
        }
    }

    private static func value(of part: Substring.UTF8View, affinity: Affinity) -> SQLValue? {
        if part.elementsEqual("~n".utf8) { return .null }
        if part.elementsEqual("~e".utf8) { return .text("") }
        if part.starts(with: "~x".utf8) { return blob(part.dropFirst(2)) }
        let isMarked = part.starts(with: "~t".utf8)
        guard let bytes = NamePart.decode(isMarked ? part.dropFirst(2) : part), !bytes.isEmpty else {
            return nil
        }
        guard !isMarked, affinity != .text else { return .text(SQLBytes(bytes)) }
        return number(String(decoding: bytes, as: UTF8.self)) ?? .text(SQLBytes(bytes))
    }

    private static func blob(_ digits: Substring.UTF8View) -> SQLValue? {
        var bytes: [UInt8] = []
        var iterator = digits.makeIterator()
        while let digit = iterator.next() {
            guard let high = NamePart.hexValue(digit), let low = iterator.next().flatMap(NamePart.hexValue)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return .blob(bytes)
    }

    /// The number that a text is the canonical form of.
    private static func number(_ text: String) -> SQLValue? {
        if let integer = Int64(text), String(integer) == text { return .integer(integer) }
        if let real = Double(text), real.description == text { return .real(real) }
        return nil
    }
}
