/// A time of the calendar, in nanoseconds since 1970 began (UTC).
struct WallTime: Hashable, Comparable, Sendable {
    var nanoseconds: Int64

    /// Whole seconds since 1970.
    var seconds: Int64 {
        (nanoseconds - (nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000) / 1_000_000_000
    }

    static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// As `2006-01-02T15:04:05.999999999Z`, without zeros at the fraction's end (RFC 3339).
    var text: String {
        let second = (seconds % 86_400 + 86_400) % 86_400
        let (year, month, day) = WallTime.date(ofDay: (seconds - second) / 86_400)
        var fraction = WallTime.padded(nanoseconds - seconds * 1_000_000_000, 9)
        while fraction.last == "0" { fraction.removeLast() }
        let date = "\(WallTime.padded(year, 4))-\(WallTime.padded(month, 2))-\(WallTime.padded(day, 2))"
        let hour = WallTime.padded(second / 3600, 2)
        let rest = "\(WallTime.padded(second / 60 % 60, 2)):\(WallTime.padded(second % 60, 2))"
        return "\(date)T\(hour):\(rest)\(fraction.isEmpty ? "" : ".")\(fraction)Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar.
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years are counted from March on, in cycles of 400 of them.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
