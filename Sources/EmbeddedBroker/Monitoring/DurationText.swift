/// Durations in the words of nats-server's monitoring.
enum DurationText {
    /// Whole seconds in the largest units that apply, as `1d2h3m4s`; years have 365 days.
    static func uptime(_ duration: Duration) -> String {
        let seconds = max(0, duration.nanoseconds / 1_000_000_000)
        let units: [(size: Int64, modulus: Int64, name: String)] = [
            (31_536_000, .max, "y"), (86_400, 365, "d"), (3_600, 24, "h"), (60, 60, "m"), (1, 60, "s"),
        ]
        let shown = units.drop { $0.size > seconds && $0.name != "s" }
        return shown.map { "\(seconds / $0.size % $0.modulus)\($0.name)" }.joined()
    }

    /// As Go writes durations: `645µs`, `1.441438ms`, `2.5s`, `1m0.5s`, `0s`.
    static func exact(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        guard nanoseconds > 0 else { return "0s" }
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, digits: 3) + "µs"
        case ..<1_000_000_000: return decimal(nanoseconds, digits: 6) + "ms"
        default: break
        }
        let minutes = nanoseconds / 60_000_000_000
        let rest = decimal(nanoseconds % 60_000_000_000, digits: 9) + "s"
        guard minutes > 0 else { return rest }
        return minutes < 60 ? "\(minutes)m\(rest)" : "\(minutes / 60)h\(minutes % 60)m\(rest)"
    }

    /// A number in units of ten to the power of `digits`, without zeros at its end.
    private static func decimal(_ number: Int64, digits: Int) -> String {
        var text = String(number)
        text = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        var fraction = String(text.suffix(digits))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let whole = String(text.dropLast(digits))
        return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }
}
