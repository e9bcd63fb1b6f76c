import Glibc
import Logging
import NIOCore
import RESProtocol

/// How log lines look.
enum LogFormat: String, CaseIterable, Sendable {
    /// `12:34:56.789 INF message  key=value`, for people.
    case text
    /// One JSON object a line, for programs.
    case json
}

/// Writes one line a record to standard error, or where it is told to.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    let format: LogFormat
    let label: String
    private let threshold: LogThreshold
    private let destination: LogDestination

    var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.set(newValue) }
    }

    init(
        threshold: LogThreshold,
        format: LogFormat,
        label: String,
        destination: LogDestination = .standardError
    ) {
        self.threshold = threshold
        self.format = format
        self.label = label
        self.destination = destination
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        let sorted = fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: "\($0.value)") }
        let time = LogTime.now
        switch format {
        case .text:
            destination.write(LogLine.text(event.level, "\(event.message)", sorted, at: time))
        case .json:
            destination.write(LogLine.json(event.level, label, "\(event.message)", sorted, at: time))
        }
    }
}

/// A moment in Coordinated Universal Time.
struct LogTime: Equatable, Sendable {
    let seconds: Int
    let milliseconds: Int

    /// This moment.
    static var now: LogTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return LogTime(seconds: Int(now.tv_sec), milliseconds: Int(now.tv_nsec / 1_000_000))
    }

    /// `2026-01-31T12:34:56.789Z` (RFC 3339).
    var timestamp: String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day =
            "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        return "\(day)T\(clock)Z"
    }

    /// `12:34:56.789`.
    var clock: String {
        let second = ((seconds % 86_400) + 86_400) % 86_400
        return
            "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)).\(padded(milliseconds, 3))"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// The text of log records.
enum LogLine {
    static func text(
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(name: String, value: String)],
        at time: LogTime
    ) -> String {
        let details = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return "\(time.clock) \(abbreviation(of: level)) \(message)\(details.isEmpty ? "" : "  " + details)\n"
    }

    static func json(
        _ level: Logger.Level,
        _ label: String,
        _ message: String,
        _ fields: [(name: String, value: String)],
        at time: LogTime
    ) -> String {
        var line = ByteBuffer()
        line.writeString("{\"time\":\"\(time.timestamp)\",\"level\":\"\(level)\",\"logger\":")
        line.writeJSON(label)
        line.writeString(",\"message\":")
        line.writeJSON(message)
        for field in fields {
            line.writeString(",")
            line.writeJSON(field.name)
            line.writeString(":")
            line.writeJSON(field.value)
        }
        line.writeString("}\n")
        return String(buffer: line)
    }

    private static func abbreviation(of level: Logger.Level) -> String {
        switch level {
        case .trace: "TRC"
        case .debug: "DBG"
        case .info: "INF"
        case .notice: "NOT"
        case .warning: "WRN"
        case .error: "ERR"
        case .critical: "CRT"
        }
    }
}
