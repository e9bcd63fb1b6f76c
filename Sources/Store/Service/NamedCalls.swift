import RESProtocol

import struct NIOCore.ByteBuffer

/// Calls of named SQL.
extension StoreEngine {
    /// Runs named SQL, inside a transaction that the caller has begun and undoes when this throws.
    ///
    /// - Returns: `{"changes", "rows"}`: how many rows it changed, without those of triggers, and the rows it gave.
    func run(_ named: NamedQuery, _ params: JSONSlice?) throws(RESError) -> ServiceResponse.Outcome {
        guard named.isRead || !database.connection.isReadOnly else {
            throw .forbidden.saying("The database is read-only")
        }
        let limits = configuration.queries
        let arguments = try NamedArguments(params: params, for: named, limits: limits)
        let outcome: RowWriter.NamedOutcome
        do throws(SQLiteError) {
            outcome = try database.writer.run(named, arguments, maximumRows: limits.maximumLimit)
        } catch {
            if error.isConstraint { throw .invalidParams.saying(error.message) }
            throw RESError(error)
        }
        if outcome.mayDeclare { mayDeclare = true }
        guard let rows = outcome.rows else {
            throw .invalidParams.saying(
                "\(named.definition.name) gives more than \(limits.maximumLimit) rows; a LIMIT in its SQL would help"
            )
        }
        var result = ByteBuffer()
        result.writeMember("changes", first: true, opening: true)
        result.writeJSON(outcome.changes)
        result.writeMember("rows")
        result.writeList(rows) { $0.writeJSON($1) }
        result.writeStaticString("}")
        return .result(JSONSlice(unchecked: result))
    }
}
