import CSQLite

/// Runs an SQL script, statement by statement, so that an error can say where it is.
enum ScriptLoader {
    /// Where a script is wrong.
    struct Failure: Error {
        /// Counted from 1.
        let line: Int
        /// What SQLite says.
        let message: String
        /// The beginning of the statement.
        let statement: String
    }

    /// Longest part of a statement that is quoted in an error, in characters.
    private static let quotedLength = 60

    /// Runs all statements of a script.
    static func run(_ script: [UInt8], on connection: SQLiteConnection) throws(Failure) {
        // A terminating zero lets SQLite find the end; a zero inside would hide what follows it.
        if let zero = script.firstIndex(of: 0) {
            throw failure("there is a zero byte", script, from: zero, at: zero)
        }
        let text = script + [0]
        var offset = 0
        while offset < script.count {
            let next = try runStatement(of: text, from: offset, on: connection)
            guard next > offset else { break }
            offset = next
        }
    }

    /// Runs the statement that starts at an offset, and gives the offset behind it.
    private static func runStatement(
        of text: [UInt8],
        from offset: Int,
        on connection: SQLiteConnection
    ) throws(Failure) -> Int {
        let (code, statement, end) = connection.compileNext(of: text, from: offset)
        defer { sqlite3_finalize(statement) }
        let start = skipBlank(text, from: offset)
        guard code == SQLITE_OK else {
            let position = sqlite3_error_offset(connection.handle)
            let at = position >= 0 ? offset + Int(position) : start
            throw failure(connection.error(code).message, text, from: start, at: at)
        }
        guard let statement else { return end }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return end
            case let code: throw failure(connection.error(code).message, text, from: start, at: start)
            }
        }
    }

    private static func failure(_ message: String, _ text: [UInt8], from start: Int, at offset: Int)
        -> Failure
    {
        let line = 1 + text[..<min(offset, text.count)].count { $0 == UInt8(ascii: "\n") }
        let rest = String(decoding: text[start...].prefix(4 * quotedLength).prefix { $0 != 0 }, as: UTF8.self)
        let words = rest.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let isLonger = words.count > quotedLength
        return Failure(
            line: line,
            message: message,
            statement: words.prefix(quotedLength) + (isLonger ? "…" : "")
        )
    }

    /// Skips white space and comments, so that an error points to the statement itself.
    private static func skipBlank(_ text: [UInt8], from start: Int) -> Int {
        var offset = start
        while offset < text.count {
            if text[offset...].starts(with: "--".utf8) {
                offset = text[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            } else if text[offset...].starts(with: "/*".utf8) {
                offset += 2
                while offset < text.count, !text[offset...].starts(with: "*/".utf8) { offset += 1 }
                offset = min(offset + 2, text.count)
            } else if [0x20, 0x09, 0x0a, 0x0d].contains(text[offset]) {
                offset += 1
            } else {
                return offset
            }
        }
        return min(start, text.count - 1)
    }
}
