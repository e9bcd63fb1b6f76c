import CSQLite
import Glibc
import RESProtocol

/// Statements that ran for one request, for people to look at.
package struct StatementTrace: Sendable {
    /// The subject that the request's answer goes to; nil for what several requests share, as a commit.
    package let reply: String?
    /// The SQL with its values.
    package let sql: String
    /// When it began, in nanoseconds of the monotonic clock.
    package let start: UInt64
    package let nanoseconds: UInt64
}

/// Notes each statement that a connection runs and how long it takes, for as long as somebody looks.
///
/// Confined to the database thread; SQLite calls it on that thread alone.
final class StatementTracer {
    /// Statements kept of one batch; more are not told.
    static let maximumStatements = 1000
    /// Longest SQL that is told, in bytes.
    static let maximumLength = 2000

    private let connection: SQLiteConnection
    private let deliver: @Sendable ([StatementTrace]) -> Void
    private var traces: [StatementTrace] = []
    private var starts: [OpaquePointer: UInt64] = [:]
    /// Where the answer to the request goes that is handled now.
    var reply: Subject?

    /// Begins to note. `deliver` is called on the database thread.
    init(_ connection: SQLiteConnection, deliver: @escaping @Sendable ([StatementTrace]) -> Void) {
        self.connection = connection
        self.deliver = deliver
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_trace_v2(
            connection.handle,
            UInt32(SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE),
            StatementTracer.trace,
            context
        )
    }

    deinit { sqlite3_trace_v2(connection.handle, 0, nil, nil) }

    /// Gives what was noted since the last time.
    func flush() {
        reply = nil
        guard !traces.isEmpty else { return }
        deliver(traces)
        traces = []
    }

    private static let trace:
        @convention(c) (
            UInt32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?
        ) -> Int32 = { event, context, statement, _ in
            guard let context, let statement else { return 0 }
            let tracer = Unmanaged<StatementTracer>.fromOpaque(context).takeUnretainedValue()
            tracer.note(event, OpaquePointer(statement))
            return 0
        }

    private func note(_ event: UInt32, _ statement: OpaquePointer) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        guard event == UInt32(SQLITE_TRACE_PROFILE) else {
            // Programs of triggers begin within their statement.
            if starts[statement] == nil { starts[statement] = now }
            return
        }
        guard let start = starts.removeValue(forKey: statement),
            traces.count < StatementTracer.maximumStatements
        else { return }
        let expanded = sqlite3_expanded_sql(statement)
        defer { sqlite3_free(expanded) }
        let sql =
            expanded.map { String(cString: $0) } ?? sqlite3_sql(statement).map { String(cString: $0) } ?? ""
        traces.append(
            StatementTrace(
                reply: reply?.text,
                sql: sql.utf8.count > StatementTracer.maximumLength
                    ? String(sql.prefix(StatementTracer.maximumLength)) + "…" : sql,
                start: start,
                nanoseconds: now - start
            )
        )
    }
}
