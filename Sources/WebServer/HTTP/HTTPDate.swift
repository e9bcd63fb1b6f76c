/// The value of the field `Date`: IMF-fixdate of RFC 9110 section 5.6.7, as `Sun, 06 Nov 1994 08:49:37 GMT`.
struct HTTPDate: Hashable {
    private let text: String

    /// - Parameter secondsSinceEpoch: Unix time, not negative.
    init(secondsSinceEpoch: Int) {
        let seconds = max(secondsSinceEpoch, 0)
        let days = seconds / 86_400
        let (year, month, day) = HTTPDate.civil(daysSinceEpoch: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(HTTPDate.twoDigits)
        text = """
            \(weekdays[days % 7]), \(HTTPDate.twoDigits(day)) \(months[month - 1]) \(year) \
            \(time.joined(separator: ":")) GMT
            """
    }

    /// The field's value.
    var value: String { text }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The date of a day in the Gregorian calendar; years are counted from 1 March so that the leap day comes
    /// last.
    private static func civil(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSinceEpoch + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
