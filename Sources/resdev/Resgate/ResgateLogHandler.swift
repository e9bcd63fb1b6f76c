import Glibc
import Logging

/// Writes log records to standard error as Resgate does: `2026/01/31 12:34:56.789012 [INF] message`, in local time.
struct ResgateLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    /// Whether records of the levels debug and trace are written; either may be without the other.
    let showsDebug: Bool
    let showsTrace: Bool

    init(showsDebug: Bool, showsTrace: Bool) {
        self.showsDebug = showsDebug
        self.showsTrace = showsTrace
        logLevel = showsTrace ? .trace : showsDebug ? .debug : .info
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard let mark = mark(of: event.level) else { return }
        let fields = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        let details = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        StandardError.write("\(ResgateLogHandler.time) [\(mark)] \(event.message)\(details)\n")
    }

    private func mark(of level: Logger.Level) -> String? {
        switch level {
        case .trace: showsTrace ? "TRC" : nil
        case .debug: showsDebug ? "DBG" : nil
        case .info, .notice, .warning: "INF"
        case .error, .critical: "ERR"
        }
    }

    private static var time: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        localtime_r(&now.tv_sec, &parts)
        let day = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { padded($0, 2) }
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }
        return
            "\(day.joined(separator: "/")) \(clock.joined(separator: ":")).\(padded(now.tv_nsec / 1000, 6))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
