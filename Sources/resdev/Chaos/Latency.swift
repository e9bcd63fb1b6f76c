/// How long requests are delayed: a mean and how far around it, as `200ms±50ms`.
struct Latency: Equatable, Sendable, CustomStringConvertible {
    /// Microseconds.
    let mean: Int
    /// Microseconds to either side; every delay between is as likely.
    let spread: Int

    /// Longest delay: a minute.
    static let maximum = 60_000_000

    /// Reads `200ms`, `200ms±50`, `1.5s±200ms`; `+-` stands for `±`, and a number without a unit has the unit before
    /// it, or is milliseconds.
    init(parsing text: String) throws(ChaosError) {
        let parts = text.replacing("+-", by: "±").split(separator: "±", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let mean = Latency.duration(first, unit: 1000) else {
            throw ChaosError("'\(text)' is no latency, such as 200ms or 200ms±50ms")
        }
        var spread = 0
        if parts.count == 2 {
            guard let width = Latency.duration(parts[1], unit: mean.unit) else {
                throw ChaosError("'\(parts[1])' behind ± is no duration, such as 50ms")
            }
            spread = width.microseconds
        }
        guard mean.microseconds + spread <= Latency.maximum else {
            throw ChaosError("'\(text)' is longer than a minute")
        }
        self.mean = mean.microseconds
        self.spread = min(spread, mean.microseconds)
    }

    /// A delay for a number between 0 and 1, in microseconds.
    func delay(at position: Double) -> Int { mean + Int((position * 2 - 1) * Double(spread)) }

    var description: String {
        let base = Latency.text(mean)
        return spread > 0 ? "\(base)±\(Latency.text(spread))" : base
    }

    private static func text(_ microseconds: Int) -> String {
        microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }

    private static func duration(_ text: Substring, unit: Int) -> (microseconds: Int, unit: Int)? {
        let units = [("us", 1), ("µs", 1), ("ms", 1000), ("s", 1_000_000)]
        let named = units.first { text.hasSuffix($0.0) }
        let digits = named.map { text.dropLast($0.0.count) } ?? text
        guard let number = Double(digits), number.isFinite, 0...1e9 ~= number else { return nil }
        let unit = named?.1 ?? unit
        return (Int(min(number * Double(unit), 1e9)), unit)
    }
}

extension String {
    /// The text with each occurrence of a mark replaced.
    fileprivate func replacing(_ mark: String, by text: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) {
                result += text
                rest = rest.dropFirst(mark.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
