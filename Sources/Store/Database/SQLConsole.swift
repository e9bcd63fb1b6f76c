import CSQLite
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

    let connection: SQLiteConnection
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
            let (code, statement, end) = connection.compileNext(of: text, from: offset)
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
}
