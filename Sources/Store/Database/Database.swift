import RESProtocol

/// One database with everything that reads, writes and observes it. Confined to the database thread once that runs.
final class Database {
    let connection: SQLiteConnection
    let reader: RowReader
    let writer: RowWriter
    let recorder: ChangeRecorder
    /// The resources without a schema.
    let resources: ResourceTable
    let timeLimit: TimeLimit
    /// Whether other connections may change the data: false for a database in memory.
    let mayHaveOtherWriters: Bool

    private let statements: StatementCache
    private var busyTimeout: Int32
    private let dataVersion: SQLiteStatement
    private let schemaVersion: SQLiteStatement
    private let control: [Control: SQLiteStatement]
    private var lastDataVersion: Int64
    private var lastSchemaVersion: Int64
    private var lastIndexFaults = SQLiteConnection.indexFaults

    private enum Control: String, CaseIterable {
        case begin = "BEGIN"
        case beginImmediate = "BEGIN IMMEDIATE"
        case commit = "COMMIT"
        case rollback = "ROLLBACK"
        case savepoint = "SAVEPOINT request"
        case release = "RELEASE request"
        case rollbackToSavepoint = "ROLLBACK TO request"
    }

    /// - Parameter maximumChanges: rows of one transaction that are told apart.
    init(
        _ connection: SQLiteConnection,
        schema: Schema,
        isInMemory: Bool,
        busyTimeout: UInt64,
        maximumChanges: Int
    ) throws(SQLiteError) {
        self.connection = connection
        self.busyTimeout = Int32(clamping: busyTimeout)
        mayHaveOtherWriters = !isInMemory
        statements = StatementCache(connection)
        reader = RowReader(statements)
        resources = ResourceTable(connection, statements)
        writer = RowWriter(connection, statements, reader, schema: schema)
        recorder = ChangeRecorder(connection, schema: schema, capacity: maximumChanges)
        timeLimit = TimeLimit(connection)
        connection.setBusyTimeout(milliseconds: self.busyTimeout)
        dataVersion = try connection.prepare("PRAGMA data_version", isPersistent: true)
        schemaVersion = try connection.prepare("PRAGMA schema_version", isPersistent: true)
        var control: [Control: SQLiteStatement] = [:]
        for statement in Control.allCases {
            control[statement] = try connection.prepare(statement.rawValue, isPersistent: true)
        }
        self.control = control
        lastDataVersion = try Database.integer(dataVersion)
        lastSchemaVersion = try Database.integer(schemaVersion)
    }

    /// Takes over other limits, between transactions.
    func setLimits(busyTimeout: UInt64, maximumChanges: Int) {
        self.busyTimeout = Int32(clamping: busyTimeout)
        connection.setBusyTimeout(milliseconds: self.busyTimeout)
        recorder.capacity = maximumChanges
    }

    /// Runs reads that all see one state of the database.
    func reading(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        guard mayHaveOtherWriters, connection.isAutocommit else { return try body() }
        try run(.begin)
        // A transaction that has only read has nothing that its end could lose.
        defer { try? run(.commit) }
        try body()
    }

    /// Whether the index of the write-ahead log was lost since this was last asked.
    func hasLostIndex() -> Bool {
        guard mayHaveOtherWriters else { return false }
        let faults = SQLiteConnection.indexFaults
        defer { lastIndexFaults = faults }
        return faults != lastIndexFaults
    }

    /// Begins a transaction that writes.
    ///
    /// - Throws: busy, without waiting, when another connection holds the lock.
    func begin() throws(SQLiteError) {
        // What is written to a file that has lost its name is lost with it.
        if hasMoved { throw .moved }
        connection.setBusyTimeout(milliseconds: 0)
        defer { connection.setBusyTimeout(milliseconds: busyTimeout) }
        try run(.beginImmediate)
        // An index that was lost before now was built anew by this.
        lastIndexFaults = SQLiteConnection.indexFaults
    }

    /// Commits; on an error the transaction is still open.
    func commit() throws(SQLiteError) {
        guard SQLiteConnection.indexFaults == lastIndexFaults || !mayHaveOtherWriters else {
            throw .indexLost
        }
        try run(.commit)
    }

    /// Ends the transaction without effect, if one is open.
    func rollback() {
        if !connection.isAutocommit { try? run(.rollback) }
    }

    /// Runs a part of a transaction that leaves nothing behind when it fails.
    func savepoint<Result>(_ body: () throws(RESError) -> Result) throws(RESError) -> Result {
        do throws(SQLiteError) { try run(.savepoint) } catch { throw RESError(error) }
        do throws(RESError) {
            let result = try body()
            do throws(SQLiteError) { try run(.release) } catch { throw RESError(error) }
            return result
        } catch {
            if !connection.isAutocommit {
                try? run(.rollbackToSavepoint)
                try? run(.release)
            }
            throw error
        }
    }

    /// Whether the file is no longer at its path: removed, renamed, or another one put in its place.
    var hasMoved: Bool { mayHaveOtherWriters && connection.hasMoved }

    /// Whether another connection has committed since this was last asked.
    func hasOutsideChanges() throws(SQLiteError) -> Bool {
        let version = try Database.integer(dataVersion)
        defer { lastDataVersion = version }
        return version != lastDataVersion
    }

    /// Whether the schema has changed since this was last asked.
    func hasNewSchema() throws(SQLiteError) -> Bool {
        let version = try Database.integer(schemaVersion)
        defer { lastSchemaVersion = version }
        return version != lastSchemaVersion
    }

    /// From now on tables are those of another schema.
    func schemaChanged(_ schema: Schema) {
        statements.removeAll()
        reader.schemaChanged()
        writer.schemaChanged(schema)
        recorder.schemaChanged(schema)
    }

    private func run(_ statement: Control) throws(SQLiteError) {
        try control[statement]?.run()
    }

    private static func integer(_ statement: SQLiteStatement) throws(SQLiteError) -> Int64 {
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }
}
