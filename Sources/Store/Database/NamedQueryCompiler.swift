import CSQLite

/// Finds out what named SQL needs, gives and reads, by compiling it.
struct NamedQueryCompiler {
    let connection: SQLiteConnection

    /// The named SQL in its order; what does not compile is given with its failure.
    func compile(_ definitions: [NamedSQL]) -> [NamedQuery] { definitions.map(compile) }

    private func compile(_ definition: NamedSQL) -> NamedQuery {
        do {
            return try inspect(definition)
        } catch {
            return NamedQuery(
                definition: definition,
                isRead: false,
                parameters: [],
                columns: [],
                forms: [],
                reads: [:],
                failure: error.message
            )
        }
    }

    private func inspect(_ definition: NamedSQL) throws(SQLiteError) -> NamedQuery {
        var isRead = true
        var count = 0
        var parameters: [String] = []
        var last: (columns: [String], forms: [ColumnForm]) = ([], [])
        var reads: [String: Set<String>] = [:]
        var isDeclaring = false
        for text in try SQLStatements.split(definition.sql, on: connection) {
            count += 1
            let statement: SQLiteStatement
            do throws(SQLiteError) {
                try refuseControl(text)
                reads.merge(try ReadDependencies.of(text, on: connection)) { $0.union($1) }
                statement = try connection.prepare(text)
            } catch {
                // What an earlier statement is yet to create cannot be known.
                if isDeclaring { continue }
                throw error
            }
            isRead = isRead && statement.isReadOnly
            isDeclaring = isDeclaring || statement.isDeclaration
            for name in try statement.parameterNames() where !parameters.contains(name) {
                parameters.append(name)
            }
            if statement.columnCount > 0 { last = (statement.columnNames, statement.columnForms) }
        }
        guard count > 0 else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no statement in it")
        }
        for name in definition.parameters.keys.sorted() where !parameters.contains(name) {
            throw SQLiteError(
                extendedCode: SQLITE_MISUSE,
                message: "its SQL has no parameter :\(name)" + NearestName.question(name, among: parameters)
            )
        }
        return NamedQuery(
            definition: definition,
            isRead: isRead && count == 1,
            parameters: parameters,
            columns: last.columns,
            forms: last.forms,
            reads: reads,
            failure: nil
        )
    }

    /// Calls run in a transaction of ours, which the SQL must not end.
    private func refuseControl(_ text: String) throws(SQLiteError) {
        let word = SQLStatements.firstWord(text)
        let refused = [
            "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH", "VACUUM",
            "PRAGMA",
        ]
        guard refused.contains(word) else { return }
        throw SQLiteError(extendedCode: SQLITE_AUTH, message: "\(word) is not possible in named SQL")
    }
}

/// SQL with several statements.
enum SQLStatements {
    /// The texts of the statements, without what stands between them.
    static func split(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) -> [String] {
        guard !sql.utf8.contains(0) else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is a zero byte in it")
        }
        var statements: [String] = []
        var pending = ""
        // A statement is complete at a semicolon that SQLite takes for its end, outside strings and trigger bodies.
        for piece in sql.split(separator: ";", omittingEmptySubsequences: false) {
            pending += piece
            guard sqlite3_complete(pending + ";") == 1 else {
                pending += ";"
                continue
            }
            if hasContent(pending) { statements.append(pending) }
            pending = ""
        }
        if hasContent(pending) { statements.append(pending) }
        return statements
    }

    /// Whether anything stands in a text but white space and comments.
    private static func hasContent(_ sql: String) -> Bool { !body(sql).isEmpty }

    /// The first word of a statement, in upper case.
    static func firstWord(_ sql: String) -> String { body(sql).prefix { $0.isLetter }.uppercased() }

    /// A text without the white space and comments that it begins with.
    private static func body(_ sql: String) -> Substring {
        var rest = sql[...]
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == ";" }
            if rest.hasPrefix("--") {
                rest = rest.drop { $0 != "\n" && $0 != "\r\n" }
            } else if rest.hasPrefix("/*") {
                var comment = rest.dropFirst(2)
                while !comment.isEmpty, !comment.hasPrefix("*/") { comment = comment.dropFirst() }
                rest = comment.dropFirst(2)
            } else {
                return rest
            }
        }
    }
}
