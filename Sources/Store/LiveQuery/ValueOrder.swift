/// How SQLite compares values: NULL before numbers before text before blobs (SQLite, "Datatypes", section 4.1).
enum ValueOrder {
    /// Negative, zero or positive, as the left value comes before, with or after the right one.
    static func compare(_ left: SQLValue, _ right: SQLValue, _ collation: Collation) -> Int {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left == right ? 0 : 1
        case (.text(let left), .text(let right)): compare(text: left.bytes, right.bytes, collation)
        case (.real(let left), .real(let right)): left < right ? -1 : left == right ? 0 : 1
        case (.integer(let left), .real(let right)): compare(left, right)
        case (.real(let left), .integer(let right)): -compare(right, left)
        case (.blob(let left), .blob(let right)): compare(bytes: left, right)
        default: rank(left) - rank(right)
        }
    }

    /// The value that stands for all that are equal to one, so that it can be looked up.
    static func representative(_ value: SQLValue, _ collation: Collation) -> SQLValue {
        switch value {
        case .real(let number): Int64(exactly: number).map { .integer($0) } ?? value
        case .text(let text):
            switch collation {
            case .nocase: .text(SQLBytes(text.bytes.map(folded)))
            case .rtrim: .text(SQLBytes(Array(trimmed(text.bytes))))
            case .binary, .other: value
            }
        case .null, .integer, .blob: value
        }
    }

    /// An ASCII letter in lower case; any other byte as it is.
    static func folded(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func rank(_ value: SQLValue) -> Int {
        switch value {
        case .null: 0
        case .integer, .real: 1
        case .text: 2
        case .blob: 3
        }
    }

    /// Compares without loss: not every integer is a real number.
    private static func compare(_ left: Int64, _ right: Double) -> Int {
        if right >= 0x1p63 { return -1 }
        if right < -0x1p63 { return 1 }
        let whole = Int64(right.rounded(.towardZero))
        if left != whole { return left < whole ? -1 : 1 }
        let fraction = right - right.rounded(.towardZero)
        return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }

    private static func compare(text left: [UInt8], _ right: [UInt8], _ collation: Collation) -> Int {
        switch collation {
        case .binary, .other: compare(bytes: left, right)
        case .rtrim: compare(bytes: trimmed(left), trimmed(right))
        case .nocase: compareFolded(left, right)
        }
    }

    private static func compareFolded(_ left: [UInt8], _ right: [UInt8]) -> Int {
        for index in 0..<min(left.count, right.count) {
            let difference = Int(folded(left[index])) - Int(folded(right[index]))
            if difference != 0 { return difference }
        }
        return left.count - right.count
    }

    private static func compare(
        bytes left: some RandomAccessCollection<UInt8>,
        _ right: some RandomAccessCollection<UInt8>
    )
        -> Int
    {
        for (left, right) in zip(left, right) where left != right { return Int(left) - Int(right) }
        return left.count - right.count
    }

    private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        let end = text.lastIndex { $0 != 0x20 }
        return text[..<(end.map { $0 + 1 } ?? 0)]
    }
}
