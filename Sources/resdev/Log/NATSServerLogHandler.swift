import Glibc
import Logging

/// Writes log lines as nats-server does: `[PID] 2026/01/31 12:34:56.123456 [INF] message`.
struct NATSServerLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    private let threshold: LogThreshold
    private let style: Style
    private let destination: LogDestination

    var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.set(newValue) }
    }

    /// How a line begins.
    struct Style: Equatable, Sendable {
        var timestamps = true
        var inUTC = false
    }

    init(threshold: LogThreshold, style: Style, destination: LogDestination) {
        self.threshold = threshold
        self.style = style
        self.destination = destination
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        let text = NATSServerLogLine.text("\(event.message)", fields)
        destination.write(line(event.level, text)) { backup in
            line(.info, "Rotated log, backup saved as \"\(backup)\"")
        }
    }

    private func line(_ level: Logger.Level, _ text: String) -> String {
        let time = style.timestamps ? LogStamp.now(inUTC: style.inUTC).line : nil
        return NATSServerLogLine.line(level, text, processID: getpid(), time: time)
    }
}

/// The text of such lines.
enum NATSServerLogLine {
    static func line(_ level: Logger.Level, _ text: String, processID: Int32, time: String?) -> String {
        let time = time.map { "\($0) " } ?? ""
        return "[\(processID)] \(time)[\(abbreviation(of: level))] \(text)\n"
    }

    /// The message behind whom it is about (`client`), and before what else is known.
    static func text(_ message: String, _ fields: Logger.Metadata) -> String {
        let client = fields["client"].map { "\($0) - " } ?? ""
        let details = fields.filter { $0.key != "client" }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        return client + message + details
    }

    private static func abbreviation(of level: Logger.Level) -> String {
        switch level {
        case .trace: "TRC"
        case .debug: "DBG"
        case .info, .notice: "INF"
        case .warning: "WRN"
        case .error: "ERR"
        case .critical: "FTL"
        }
    }
}
