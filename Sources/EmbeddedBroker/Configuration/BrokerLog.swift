/// What a broker logs, and where to.
public struct BrokerLog: Sendable, Equatable {
    /// Whether debug lines are logged.
    public var debug = false
    /// Whether each operation is logged.
    public var trace = false
    /// Whether operations of the system account are logged too (`trace_verbose`).
    public var tracesSystemAccount = false
    /// Whether header blocks are logged with operations, without payloads (`trace_headers`).
    public var tracesHeadersOnly = false
    /// How much of a payload is logged, in bytes; zero for all.
    public var maximumTracedLength = 0
    /// Whether lines begin with the time (`logtime`).
    public var timestamps = true
    /// Whether that is UTC.
    public var timestampsInUTC = false
    /// The file for the log; nil for standard error.
    public var file: String?
    /// From which size on a log file is put aside, in bytes; zero for never.
    public var fileSizeLimit = 0
    /// How many log files are kept, the current one among them; zero for all.
    public var maximumFiles = 0
    /// Whether lines go to the system's log.
    public var syslog = false
    /// The address of a system log elsewhere.
    public var remoteSyslog: String?

    /// Only what matters, on standard error.
    public init() {}
}
