/// Tells the time of day at the moments of a clock that only counts.
struct WallClock: Equatable {
    /// Nanoseconds from the beginning of 1970 to the moment zero.
    let offset: Int64

    /// - Parameter nanoseconds: the time of day at `moment`, since the beginning of 1970.
    init(nanoseconds: Int64, at moment: Moment) {
        offset = nanoseconds - moment.nanoseconds
    }

    /// The time of day at a moment.
    func timestamp(_ moment: Moment) -> String {
        Timestamp.text(nanoseconds: moment.nanoseconds + offset)
    }
}

/// Points in time as RFC 3339 writes them, with as many decimals as are not zero.
enum Timestamp {
    /// `2026-01-31T12:34:56.789Z`.
    static func text(nanoseconds: Int64) -> String {
        let second = nanoseconds.quotientFloored(by: 1_000_000_000)
        let day = second.quotientFloored(by: 86_400)
        let ofDay = second - day * 86_400
        let (year, month, monthDay) = date(ofDay: day)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(monthDay, 2))"
        let time = "\(padded(ofDay / 3_600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2))"
        return "\(date)T\(time)\(fraction(nanoseconds - second * 1_000_000_000))Z"
    }

    /// The date of a day counted from the beginning of 1970 (proleptic Gregorian calendar).
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years are counted from March on, so that the leap day is the last one; 400 of them have 146,097 days.
        let shifted = day + 719_468
        let era = shifted.quotientFloored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func fraction(_ nanoseconds: Int64) -> String {
        guard nanoseconds > 0 else { return "" }
        var digits = padded(nanoseconds, 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func quotientFloored(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
