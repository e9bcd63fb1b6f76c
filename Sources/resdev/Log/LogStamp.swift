import Glibc

/// A moment as log lines and the names of log files tell it.
struct LogStamp: Equatable {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    let nanosecond: Int

    /// The current time, of this place or of Greenwich.
    static func now(inUTC: Bool = false) -> LogStamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return LogStamp(seconds: now.tv_sec, nanoseconds: now.tv_nsec, inUTC: inUTC)
    }

    init(seconds: Int, nanoseconds: Int, inUTC: Bool) {
        var seconds = time_t(seconds)
        var parts = tm()
        if inUTC { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
        year = Int(parts.tm_year) + 1900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        hour = Int(parts.tm_hour)
        minute = Int(parts.tm_min)
        second = Int(parts.tm_sec)
        nanosecond = nanoseconds
    }

    /// `2026/01/31 12:34:56.123456`.
    var line: String {
        let date = "\(padded(year, 4))/\(padded(month, 2))/\(padded(day, 2))"
        return
            "\(date) \(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)).\(padded(nanosecond / 1_000, 6))"
    }

    /// `2026.01.31.12.34.56.123456789`: what the name of a file that was put aside ends in.
    var fileSuffix: String {
        let parts = [month, day, hour, minute, second].map { padded($0, 2) }
        return ([padded(year, 4)] + parts + [padded(nanosecond, 9)]).joined(separator: ".")
    }

    /// Whether a file's name ends as one that was put aside.
    static func isFileSuffix(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 7 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
