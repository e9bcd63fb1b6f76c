import RESProtocol

import struct NIOCore.ByteBuffer

/// What people who run the server may ask of a database, past the resources that it is served as.
package enum AdministrationRequest: Sendable {
    /// Runs statements; those that write only where that is allowed. `isPlanWanted` adds each one's query plan.
    case run(sql: String, mayWrite: Bool, isPlanWanted: Bool)
    /// The query plan of each statement, none of which is run.
    case explain(sql: String)
    /// Keeps a copy of the whole database in memory, under a name.
    case snapshot(name: String)
    /// Makes the database what it was when a copy was taken.
    case restore(name: String)
    /// Forgets a copy.
    case forget(name: String)
    /// Makes the database what the script it was loaded from says.
    case reset
    /// Copies there are, and how many rows of each table have changed since the start.
    case overview
}

extension StoreEngine {
    /// Does what is asked, and gives the result; events are in the outbox.
    func administer(_ request: AdministrationRequest, now: Instant) throws(RESError) -> JSONSlice {
        switch request {
        case .run(let sql, false, let isPlanWanted): return try read(sql, isPlanWanted, now: now)
        case .run(let sql, true, let isPlanWanted): return try write(sql, isPlanWanted, now: now)
        case .explain(let sql): return try console.explain(sql)
        case .snapshot(let name):
            try snapshots.take(name, of: database.connection)
            return .null
        case .restore(let name): return try replace(by: try snapshots.copy(named: name), now: now)
        case .forget(let name):
            snapshots.forget(name)
            return .null
        case .reset:
            return try replace(by: try SourceOpener(configuration: configuration).loadAgain(), now: now)
        case .overview: return overview
        }
    }

    private var console: SQLConsole { SQLConsole(database) }

    private func read(_ sql: String, _ isPlanWanted: Bool, now: Instant) throws(RESError) -> JSONSlice {
        var result: Result<JSONSlice, RESError> = .success(.null)
        do throws(SQLiteError) {
            try database.reading { () throws(SQLiteError) in
                try synchronise(now: now)
                do throws(RESError) {
                    result = .success(try console.run(sql, mayWrite: false, isPlanWanted: isPlanWanted))
                } catch { result = .failure(error) }
            }
        } catch { throw RESError(error) }
        return try result.get()
    }

    private func write(_ sql: String, _ isPlanWanted: Bool, now: Instant) throws(RESError) -> JSONSlice {
        if database.connection.isReadOnly { throw .forbidden.saying("The database is read-only") }
        do throws(SQLiteError) {
            try database.begin()
            try synchronise(now: now)
        } catch {
            database.rollback()
            throw RESError(error)
        }
        let result: JSONSlice
        do throws(RESError) {
            result = try console.run(sql, mayWrite: true, isPlanWanted: isPlanWanted)
        } catch {
            database.rollback()
            _ = database.recorder.take()
            throw error
        }
        do throws(SQLiteError) { try database.commit() } catch {
            database.rollback()
            _ = database.recorder.take()
            throw RESError(error)
        }
        announce(database.recorder.take(), nil, mayDeclare: true, now: now)
        return result
    }

    /// Makes the content of another database that of this one.
    private func replace(by other: SQLiteConnection, now: Instant) throws(RESError) -> JSONSlice {
        if database.connection.isReadOnly { throw .forbidden.saying("The database is read-only") }
        do throws(SQLiteError) {
            try DatabaseCopy.run(from: other, to: database.connection)
        } catch { throw RESError(error) }
        _ = database.recorder.take()
        // What cannot be read now is told when somebody asks for it.
        _ = try? { () throws(SQLiteError) in try adoptSchema() }()
        resetEverything()
        return .null
    }

    private var overview: JSONSlice {
        var result = ByteBuffer()
        result.writeStaticString("{\"snapshots\":[")
        for (index, snapshot) in snapshots.all.enumerated() {
            if index > 0 { result.writeStaticString(",") }
            result.writeStaticString("{\"name\":")
            result.writeJSON(snapshot.name)
            result.writeStaticString(",\"bytes\":")
            result.writeJSON(snapshot.bytes)
            result.writeStaticString("}")
        }
        result.writeStaticString("],\"canReset\":")
        result.writeJSON(SourceKind(path: configuration.path) != .database)
        result.writeStaticString(",\"readOnly\":")
        result.writeJSON(database.connection.isReadOnly)
        result.writeStaticString(",\"changes\":{")
        for (index, (table, count)) in tally.counts.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { result.writeStaticString(",") }
            result.writeJSON(table)
            result.writeString(
                ":{\"created\":\(count.created),\"changed\":\(count.changed),\"deleted\":\(count.deleted)}"
            )
        }
        result.writeStaticString("}}")
        return JSONSlice(unchecked: result)
    }
}

/// How many rows of each table have been created, changed and deleted since the start.
struct ChangeTally {
    struct Count: Equatable {
        var created = 0
        var changed = 0
        var deleted = 0
    }

    private(set) var counts: [String: Count] = [:]

    /// Counts the changes of one transaction.
    mutating func count(_ changes: [NetChange]) {
        for change in changes {
            switch change.kind {
            case .created: counts[change.table.name, default: Count()].created += 1
            case .changed: counts[change.table.name, default: Count()].changed += 1
            case .deleted: counts[change.table.name, default: Count()].deleted += 1
            }
        }
    }
}
