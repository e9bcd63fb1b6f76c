import CSQLite

/// What an expression of the configuration may do, as SQLite's authorizer asks while it compiles it: read some tables.
final class RuleAuthorizer {
    /// In lower case.
    private let readable: Set<String>
    /// Tables that were read, each with its columns; all in lower case.
    private(set) var reads: [String: Set<String>] = [:]
    /// Whether something is read through a view.
    private var readsViews = false
    /// What was refused first, in words.
    private(set) var refusal: String?

    /// What every rule may read, since there is no data in it but what the rule gives.
    private static let always = ["json_each", "json_tree"]

    private init(readable: Set<String>) {
        self.readable = Set(readable.map { $0.lowercased() }).union(RuleAuthorizer.always)
    }

    /// Compiles a statement that may read these tables, and nothing else.
    ///
    /// - Returns: the statement; what it reads; the error and where in the text it is, when it does not compile.
    static func compile(
        _ sql: String,
        readable: Set<String>,
        on connection: SQLiteConnection
    ) -> (result: Result<SQLiteStatement, SQLiteError>, authorizer: RuleAuthorizer, errorOffset: Int?) {
        // SQLite sets these up when they are first named, by writing to a schema of its own.
        for name in RuleAuthorizer.always where sql.lowercased().contains(name) {
            _ = try? connection.prepare("SELECT 1 FROM \(name)('[]')")
        }
        let authorizer = RuleAuthorizer(readable: readable)
        // The callback gets an unretained reference: it is removed before `authorizer` ends its life.
        let context = Unmanaged.passUnretained(authorizer).toOpaque()
        sqlite3_set_authorizer(connection.handle, RuleAuthorizer.authorize, context)
        defer { sqlite3_set_authorizer(connection.handle, nil, nil) }
        return withExtendedLifetime(authorizer) {
            do throws(SQLiteError) {
                let statement = try connection.prepare(sql, isPersistent: true)
                sqlite3_set_authorizer(connection.handle, nil, nil)
                try authorizer.addHidden(sql, on: connection)
                return (.success(statement), authorizer, nil)
            } catch {
                let offset = sqlite3_error_offset(connection.handle)
                return (.failure(error), authorizer, offset >= 0 ? Int(offset) : nil)
            }
        }
    }

    /// Adds the tables that are read without the authorizer being asked, of which each has to be readable.
    private func addHidden(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) {
        // A view may hide as much as the expression itself.
        guard readsViews || OpenedTables.areHidden(in: sql) else { return }
        for (table, opened) in try OpenedTables(sql, on: connection).tables {
            let name = table.lowercased()
            guard readable.contains(name) || readsViews else {
                _ = refuse(RuleAuthorizer.advice(table))
                throw SQLiteError(extendedCode: SQLITE_AUTH, message: "not authorized")
            }
            // What is opened once is the row itself, of which every column is asked about.
            if opened.count > 1 || reads[name] == nil { reads[name, default: []].formUnion(opened.columns) }
        }
    }

    private static func advice(_ table: String) -> String {
        "a rule reads its own table only; to let it read \(table), name it in 'reads'"
    }

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, first, second, schema, view in
            guard let context else { return SQLITE_DENY }
            func text(_ pointer: UnsafePointer<CChar>?) -> String {
                pointer.map { String(cString: $0) } ?? ""
            }
            let authorizer = Unmanaged<RuleAuthorizer>.fromOpaque(context).takeUnretainedValue()
            let isAllowed = authorizer.allows(action, text(first), text(second), text(schema), text(view))
            return isAllowed ? SQLITE_OK : SQLITE_DENY
        }

    private func allows(
        _ action: Int32,
        _ first: String,
        _ second: String,
        _ schema: String,
        _ view: String
    ) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return true
        case SQLITE_FUNCTION:
            guard second.lowercased() == "load_extension" else { return true }
            return refuse("load_extension cannot be used in a rule")
        case SQLITE_READ:
            let table = first.lowercased()
            guard schema.isEmpty || schema == "main" else {
                return refuse("a rule cannot read \(schema).\(first)")
            }
            // What a view reads is its own affair, once the view itself may be read.
            guard readable.contains(table) || readable.contains(view.lowercased()) else {
                return refuse(RuleAuthorizer.advice(first))
            }
            if !view.isEmpty { readsViews = true }
            reads[table, default: []].insert(second.lowercased())
            return true
        default: return refuse("a rule only reads")
        }
    }

    private func refuse(_ reason: String) -> Bool {
        refusal = refusal ?? reason
        return false
    }
}
