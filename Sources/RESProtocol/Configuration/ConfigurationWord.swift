/// What a bare word of a configuration file means.
enum ConfigurationWord {
    static func content(
        of word: String,
        at position: ConfigurationPosition
    ) throws(ConfigurationError) -> ConfigurationValue.Content {
        switch word.lowercased() {
        case "true", "yes", "on": return .bool(true)
        case "false", "no", "off": return .bool(false)
        default: break
        }
        if let integer = try integer(word, at: position) { return integer }
        if let float = float(word) { return .float(float) }
        if let seconds = date(word) { return .date(seconds) }
        return .string(word, isQuoted: false)
    }

    /// Digits with or without a unit; nil for any other word.
    private static func integer(
        _ word: String,
        at position: ConfigurationPosition
    ) throws(ConfigurationError) -> ConfigurationValue.Content? {
        let unsigned = word.hasPrefix("-") ? word.dropFirst() : word[...]
        let digits = unsigned.prefix { $0.isASCII && $0.isNumber }
        let unit = String(unsigned[digits.endIndex...])
        guard !digits.isEmpty, let factor = factor(of: unit) else { return nil }
        let sign = word.hasPrefix("-") ? "-" : ""
        guard let number = Int64(sign + digits) else { throw outOfRange(word, position) }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw outOfRange(word, position) }
        return .integer(product, unit: unit)
    }

    private static func outOfRange(_ word: String, _ position: ConfigurationPosition) -> ConfigurationError {
        ConfigurationError("the number \(word) is out of range", at: position)
    }

    /// What a unit multiplies by: `k` by 1000, `kb`, `ki` and `kib` by 1024, and so on.
    private static func factor(of unit: String) -> Int64? {
        guard let letter = unit.lowercased().first else { return 1 }
        guard let power = ["k", "m", "g", "t", "p", "e"].firstIndex(of: letter) else { return nil }
        let base: Int64
        switch unit.lowercased().dropFirst() {
        case "": base = 1000
        case "b", "i", "ib": base = 1024
        default: return nil
        }
        return (0...power).reduce(1) { product, _ in product * base }
    }

    /// Digits, a point, digits.
    private static func float(_ word: String) -> Double? {
        let unsigned = word.hasPrefix("-") ? word.dropFirst() : word[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        return Double(word)
    }

    /// The seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`; nil for any other word, or a day that does not exist.
    private static func date(_ word: String) -> Int64? {
        let bytes = Array(word.utf8)
        let form = Array("0000-00-00T00:00:00Z".utf8)
        guard bytes.count == form.count else { return nil }
        for (byte, wanted) in zip(bytes, form) {
            let isDigit = 0x30...0x39 ~= byte
            guard wanted == UInt8(ascii: "0") ? isDigit : byte == wanted else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard year >= 1, 1...12 ~= month, day >= 1, day <= daysInMonth(month, of: year), hour < 24,
            minute < 60, second < 60
        else { return nil }
        return ((daysBefore(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from the start of 1970 to the start of a month.
    private static func daysBefore(_ year: Int64, _ month: Int64) -> Int64 {
        let before = year - 1
        let daysBeforeYear = before * 365 + before / 4 - before / 100 + before / 400
        return (1..<month).reduce(daysBeforeYear - 719_162) { $0 + daysInMonth($1, of: year) }
    }
}
