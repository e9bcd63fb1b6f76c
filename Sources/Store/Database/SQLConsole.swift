import CSQLite
import Glibc
import RESProtocol

import struct NIOCore.ByteBuffer

/// Runs SQL that a person wrote, within limits, on the connection that serves.
///
/// Statements that reach beyond the database (ATTACH, extensions), end the transaction around them, or change how the
/// connection works are refused by SQLite's authorizer, whatever they are hidden in.
struct SQLConsole {
    /// Statements in one text.
    static let maximumStatements = 100
    /// Rows that one statement gives; it is stopped there.
    static let maximumRows = 1000
    /// Bytes of all results together, about.
    static let maximumBytes = 8 << 20
    /// How long the text may run, in milliseconds.
    static let timeLimit: UInt64 = 5000

    private let connection: SQLiteConnection
    private let limit: TimeLimit

    init(_ database: Database) {
        connection = database.connection
        limit = database.timeLimit
    }

    /// Runs statements and gives `{"results": [{"sql", "columns", "rows", …}]}`.
    ///
    /// - Throws: `system.invalidParams` with SQLite's words and the place in the text, or `system.forbidden`.
    func run(_ sql: String, mayWrite: Bool, isPlanWanted: Bool) throws(RESError) -> JSONSlice {
        let guardian = SQLGuardian(mayWrite: mayWrite)
        return try guarded(guardian) { () throws(RESError) in
            var results = ByteBuffer()
            results.writeStaticString("{\"results\":[")
            try forEachStatement(of: sql, guardian) { (statement, index) throws(RESError) in
                if !mayWrite, sqlite3_stmt_readonly(statement) == 0 {
                    throw .forbidden.saying("This statement writes; switch writing on to run it")
                }
                if index > 0 { results.writeStaticString(",") }
                try write(statement, isPlanWanted, into: &results)
            }
            results.writeStaticString("]}")
            return JSONSlice(unchecked: results)
        }
    }

    /// The plans of statements: `{"results": [{"sql", "plan": [{"depth", "detail"}]}]}`.
    func explain(_ sql: String) throws(RESError) -> JSONSlice {
        let guardian = SQLGuardian(mayWrite: true)
        return try guarded(guardian) { () throws(RESError) in
            var results = ByteBuffer()
            results.writeStaticString("{\"results\":[")
            try forEachStatement(of: sql, guardian) { (statement, index) throws(RESError) in
                results.writeStaticString(index > 0 ? ",{\"sql\":" : "{\"sql\":")
                results.writeJSON(SQLConsole.text(of: statement))
                writePlan(of: statement, into: &results)
                results.writeStaticString("}")
            }
            results.writeStaticString("]}")
            return JSONSlice(unchecked: results)
        }
    }

    /// Runs a body while the guardian is in force and time is limited.
    private func guarded<Value>(
        _ guardian: SQLGuardian,
        _ body: () throws(RESError) -> Value
    ) throws(RESError) -> Value {
        let context = Unmanaged.passUnretained(guardian).toOpaque()
        sqlite3_set_authorizer(connection.handle, SQLGuardian.authorize, context)
        limit.begin(milliseconds: SQLConsole.timeLimit)
        defer {
            sqlite3_set_authorizer(connection.handle, nil, nil)
            limit.stop()
            withExtendedLifetime(guardian) {}
        }
        return try body()
    }

    /// Compiles each statement of a text in turn, once those before it have run.
    private func forEachStatement(
        of sql: String,
        _ guardian: SQLGuardian,
        _ body: (_ statement: OpaquePointer, _ index: Int) throws(RESError) -> Void
    ) throws(RESError) {
        let text = Array(sql.utf8) + [0]
        guard !sql.utf8.contains(0) else { throw .invalidParams.saying("There is a zero byte in the text") }
        var offset = 0
        var index = 0
        while offset < text.count - 1 {
            var statement: OpaquePointer?
            var end = offset
            let code = text.withUnsafeBytes { bytes -> Int32 in
                guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return SQLITE_MISUSE }
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v2(connection.handle, start + offset, -1, &statement, &tail)
                if let tail { end = tail - start }
                return code
            }
            defer { sqlite3_finalize(statement) }
            guard code == SQLITE_OK else { throw failure(code, guardian, text, from: offset) }
            if let statement {
                guard index < SQLConsole.maximumStatements else {
                    throw .invalidParams.saying(
                        "A text has at most \(SQLConsole.maximumStatements) statements"
                    )
                }
                do throws(RESError) { try body(statement, index) } catch {
                    if error.code == RESError.internalError.code {
                        throw failure(sqlite3_errcode(connection.handle), guardian, text, from: offset)
                    }
                    throw error
                }
                index += 1
            }
            guard end > offset else { break }
            offset = end
        }
        if index == 0 { throw .invalidParams.saying("There is no statement in the text") }
    }

    /// Runs one statement and writes what it gave.
    private func write(
        _ statement: OpaquePointer,
        _ isPlanWanted: Bool,
        into results: inout ByteBuffer
    ) throws(RESError) {
        results.writeStaticString("{\"sql\":")
        results.writeJSON(SQLConsole.text(of: statement))
        results.writeStaticString(",\"columns\":[")
        let count = sqlite3_column_count(statement)
        for column in 0..<count {
            if column > 0 { results.writeStaticString(",") }
            results.writeJSON(sqlite3_column_name(statement, column).map { String(cString: $0) } ?? "")
        }
        results.writeStaticString("],\"rows\":[")
        let start = SQLConsole.now()
        var rows = 0
        var isCut = false
        loop: while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: break loop
            case SQLITE_ROW:
                guard rows < SQLConsole.maximumRows, results.readableBytes < SQLConsole.maximumBytes else {
                    isCut = true
                    break loop
                }
                results.writeStaticString(rows > 0 ? ",[" : "[")
                writeRow(of: statement, count, into: &results)
                rows += 1
            default: throw .internalError
            }
        }
        let nanoseconds = SQLConsole.now() - start
        results.writeString("],\"isCut\":\(isCut),\"microseconds\":\(nanoseconds / 1000)")
        if sqlite3_stmt_readonly(statement) == 0 {
            results.writeString(",\"changes\":\(sqlite3_changes64(connection.handle))")
        }
        if isPlanWanted { writePlan(of: statement, into: &results) }
        results.writeStaticString("}")
    }

    private func writeRow(of statement: OpaquePointer, _ count: Int32, into results: inout ByteBuffer) {
        for column in 0..<count {
            if column > 0 { results.writeStaticString(",") }
            switch sqlite3_column_type(statement, column) {
            case SQLITE_NULL: results.writeStaticString("null")
            case SQLITE_INTEGER:
                let number = sqlite3_column_int64(statement, column)
                // A page reads numbers as doubles: what they cannot hold goes as text.
                let isExact = -(1 << 53) < number && number < 1 << 53
                if isExact { results.writeJSON(number) } else { results.writeJSON("\(number)") }
            case SQLITE_FLOAT:
                let number = sqlite3_column_double(statement, column)
                if number.isFinite {
                    results.writeString("\(number)")
                } else {
                    results.writeJSON("\(number)")
                }
            case SQLITE_BLOB:
                results.writeString("{\"blob\":\(sqlite3_column_bytes(statement, column))}")
            default:
                let bytes = sqlite3_column_text(statement, column)
                let text = UnsafeBufferPointer(
                    start: bytes,
                    count: Int(sqlite3_column_bytes(statement, column))
                )
                results.writeJSON(String(decoding: text, as: UTF8.self))
            }
        }
        results.writeStaticString("]")
    }

    /// Writes `,"plan":[…]` of a statement that has one.
    private func writePlan(of statement: OpaquePointer, into results: inout ByteBuffer) {
        guard let plan = try? connection.prepare("EXPLAIN QUERY PLAN " + SQLConsole.text(of: statement))
        else {
            return
        }
        results.writeStaticString(",\"plan\":[")
        var depths: [Int64: Int] = [:]
        var isFirst = true
        while (try? plan.step()) == true {
            let depth = depths[plan.integer(1)].map { $0 + 1 } ?? 0
            depths[plan.integer(0)] = depth
            results.writeString("\(isFirst ? "" : ","){\"depth\":\(depth),\"detail\":")
            results.writeJSON(plan.text(3))
            results.writeStaticString("}")
            isFirst = false
        }
        results.writeStaticString("]")
    }

    private func failure(_ code: Int32, _ guardian: SQLGuardian, _ text: [UInt8], from offset: Int)
        -> RESError
    {
        if let refused = guardian.refused { return .forbidden.saying(refused) }
        if code & 0xff == SQLITE_INTERRUPT {
            return .timeout.saying("Stopped after \(SQLConsole.timeLimit / 1000) s")
        }
        let message = String(cString: sqlite3_errmsg(connection.handle))
        let position = sqlite3_error_offset(connection.handle)
        guard position >= 0 else { return .invalidParams.saying(message) }
        let line = 1 + text[..<min(offset + Int(position), text.count)].count { $0 == UInt8(ascii: "\n") }
        return .invalidParams.saying("Line \(line): \(message)")
    }

    private static func text(of statement: OpaquePointer) -> String {
        let text = sqlite3_sql(statement).map { String(cString: $0) } ?? ""
        return String(text.drop(while: \.isWhitespace))
    }

    fileprivate static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What SQLite asks while a person's statements are compiled and run.
private final class SQLGuardian {
    private let mayWrite: Bool
    /// Why a statement was refused.
    private(set) var refused: String?

    init(mayWrite: Bool) { self.mayWrite = mayWrite }

    /// PRAGMAs that only tell something.
    private static let harmless: Set<String> = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
        "foreign_key_list",
        "foreign_key_check", "database_list", "collation_list", "function_list", "compile_options",
        "page_count",
        "page_size", "freelist_count", "integrity_check", "quick_check", "schema_version", "user_version",
        "application_id", "encoding", "journal_mode", "data_version", "stats",
    ]

    static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, first, second, _, _ in
            guard let context else { return SQLITE_DENY }
            let guardian = Unmanaged<SQLGuardian>.fromOpaque(context).takeUnretainedValue()
            return guardian.decide(
                action,
                first.map { String(cString: $0) },
                second.map { String(cString: $0) }
            )
        }

    private func decide(_ action: Int32, _ first: String?, _ second: String?) -> Int32 {
        switch action {
        case SQLITE_ATTACH, SQLITE_DETACH:
            return refuse("ATTACH and DETACH are refused: they reach other files")
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            return refuse(
                "All statements run in one transaction; BEGIN, COMMIT and the like are not for here"
            )
        case SQLITE_FUNCTION where second?.lowercased() == "load_extension":
            return refuse("Extensions are not loaded")
        case SQLITE_PRAGMA:
            let name = first?.lowercased() ?? ""
            let isHarmless = SQLGuardian.harmless.contains(name)
            let isRead =
                second == nil
                || ![
                    "journal_mode", "encoding", "page_size", "user_version",
                    "application_id", "schema_version",
                ].contains(name)
            return isHarmless && isRead
                ? SQLITE_OK : refuse("PRAGMA \(name) would change how the server works")
        default: return SQLITE_OK
        }
    }

    private func refuse(_ reason: String) -> Int32 {
        refused = reason
        return SQLITE_DENY
    }
}
