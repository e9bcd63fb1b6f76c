/// Typed reading: each throws what was expected and what stands there instead.
extension ConfigurationValue {
    /// A text.
    ///
    /// A word that looks like a number or a date is none: it must be quoted, so that nothing of it is lost.
    package func string() throws(ConfigurationError) -> String {
        guard case .string(let text, _) = content else { throw expected("a string (put it in quotes)") }
        return text
    }

    /// A whole number.
    package func integer() throws(ConfigurationError) -> Int64 {
        guard case .integer(let number, _) = content else { throw expected("a whole number") }
        return number
    }

    /// A whole number within a range.
    package func integer(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let number = Int(exactly: try integer()), range.contains(number) else {
            throw ConfigurationError(
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(found)",
                at: position
            )
        }
        return number
    }

    /// A number with or without a fraction.
    package func number() throws(ConfigurationError) -> Double {
        switch content {
        case .integer(let number, _): return Double(number)
        case .float(let number): return number
        case .string(let text, false):
            guard let number = Double(text), number.isFinite else { throw expected("a number") }
            return number
        default: throw expected("a number")
        }
    }

    /// True or false.
    package func bool() throws(ConfigurationError) -> Bool {
        guard case .bool(let flag) = content else { throw expected("true or false") }
        return flag
    }

    /// A span of time: a text such as `"1h30m"` or `"250ms"`, or a number of seconds.
    package func duration() throws(ConfigurationError) -> Duration {
        switch content {
        case .string(let text, _):
            guard let duration = Duration(units: text) else {
                throw expected("a duration such as \"2s\" or \"1m30s\"")
            }
            return duration
        case .integer(let seconds, unit: "") where abs(seconds) <= Duration.maximumSeconds:
            return .seconds(seconds)
        case .float(let seconds) where abs(seconds) <= Double(Duration.maximumSeconds):
            return .seconds(seconds)
        case .integer(_, let unit) where !unit.isEmpty:
            throw expected("a duration; a unit of time must be in quotes, as in \"2\(unit)\"")
        default: throw expected("a duration such as \"2s\" or \"1m30s\"")
        }
    }

    /// The elements of an array.
    package func array() throws(ConfigurationError) -> [ConfigurationValue] {
        guard case .array(let elements) = content else { throw expected("an array in brackets") }
        return elements
    }

    /// The elements of an array, or the value itself.
    package var elements: [ConfigurationValue] {
        if case .array(let elements) = content { elements } else { [self] }
    }

    /// Texts: an array of them, or one that stands alone.
    package func strings() throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for element in elements { texts.append(try element.string()) }
        return texts
    }

    /// The fields of a map.
    package func map() throws(ConfigurationError) -> ConfigurationMap {
        guard case .map(let map) = content else { throw expected("a map in braces") }
        return map
    }

    /// Whether the value is the word `null`, as JSON writes nothing.
    package var isNull: Bool { content == .string("null", isQuoted: false) }

    /// The error that something else is wanted here.
    package func expected(_ wanted: String) -> ConfigurationError {
        ConfigurationError("expected \(wanted), found \(found)", at: position)
    }

    /// What stands here, in words.
    private var found: String {
        switch content {
        case .string(let text, _): "the string \"\(text.prefix(64))\(text.count > 64 ? "…" : "")\""
        case .integer(let number, let unit):
            unit.isEmpty ? "the number \(number)" : "the number \(number) (unit \(unit))"
        case .float(let number): "the number \(number)"
        case .bool(let flag): "\(flag)"
        case .date: "a date"
        case .array: "an array"
        case .map: "a map"
        }
    }
}

extension Duration {
    /// The longest span that is read, in seconds: what nanoseconds in 64 bits can hold.
    fileprivate static let maximumSeconds: Int64 = 9_223_372_036

    /// Reads numbers with units, as in `1h2m3.5s` (the syntax of Go); nil when the text is no such thing, or too long a span.
    package init?(units text: String) {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" {
            self = .zero
            return
        }
        var seconds = 0.0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest[unit.endIndex...]
            guard digits.contains(where: \.isNumber), let number = Double(digits),
                let factor = Duration.seconds(in: unit)
            else { return nil }
            seconds += number * factor
        } while !rest.isEmpty
        guard seconds <= Double(Duration.maximumSeconds) else { return nil }
        self = .nanoseconds(Int64((isNegative ? -seconds : seconds) * 1e9))
    }

    private static func seconds(in unit: Substring) -> Double? {
        switch unit {
        case "ns": 1e-9
        case "us", "µs", "μs": 1e-6
        case "ms": 1e-3
        case "s": 1
        case "m": 60
        case "h": 3600
        default: nil
        }
    }
}
