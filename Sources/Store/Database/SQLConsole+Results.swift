import CSQLite
import Glibc
import RESProtocol

import struct NIOCore.ByteBuffer

/// What statements gave, as JSON.
extension SQLConsole {
    /// Runs one statement and writes what it gave.
    func write(
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
    func writePlan(of statement: OpaquePointer, into results: inout ByteBuffer) {
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

    static func text(of statement: OpaquePointer) -> String {
        let text = sqlite3_sql(statement).map { String(cString: $0) } ?? ""
        return String(text.drop(while: \.isWhitespace))
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
