import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// What becomes of resources when somebody has changed the schema.
extension StoreEngine {
    /// Reads the schema anew if it has changed, and tells gateways what is no longer as they know it.
    ///
    /// Tables that are served as before keep their live queries; of the others everything is asked for anew, which ends
    /// what is no more. Called outside of writes, or before the first of a transaction.
    ///
    /// - Parameter isForced: whether it is read anew in any case, since the configuration has changed.
    func adoptSchema(isForced: Bool = false) throws(SQLiteError) {
        guard try database.hasNewSchema() || isForced else { return }
        let earlier = schema
        let before = descriptions
        schema = try SchemaReader.read(
            database.connection,
            serviceName: schema.serviceName,
            options: MappingOptions(configuration)
        ).keepingTables(of: earlier)
        if !isForced {
            for line in SchemaDifference.lines(from: earlier, to: schema) {
                logger.notice(
                    "the schema has changed",
                    metadata: ["database": "\(schema.serviceName)", "change": "\(line)"]
                )
            }
        }
        database.schemaChanged(schema)
        adoptNamedQueries()
        applyRules()
        for table in earlier.tables where schema.table(named: table.name) !== table {
            liveRows.removeAll(of: table)
            liveViewRows.removeAll(of: table)
            forget(table)
        }
        for table in schema.tables where earlier.table(named: table.name) == nil {
            // Somebody may hold that there is none.
            outbox.reset(resources: [table.resourceName, table.resourceName + ".>"])
        }
        for (resource, old, new) in zip(before, descriptions).map({ ($0.resource, $0.model, $1.model) }) {
            guard let values = ModelDifference.object(from: old, to: new) else { continue }
            publishChange(resource) { $0.writeJSON(values) }
        }
    }

    /// Compiles named SQL against the schema; queries of what reads something else than before are asked for anew.
    private func adoptNamedQueries() {
        let earlier = namedQueries
        namedQueries = NamedQueryCompiler(connection: database.connection).compile(configuration.namedSQL)
        for (old, new) in zip(earlier, namedQueries)
        where old.reads != new.reads || old.failure != new.failure || old.columns != new.columns {
            let name = ownPrefix + "q." + new.part
            for query in liveQueries.queries(of: name) { liveQueries.remove(query) }
            outbox.reset(resources: [name])
        }
    }

    /// The models that describe the database.
    private var descriptions: [(resource: String, model: ByteBuffer)] {
        var model = ByteBuffer()
        writeDatabaseModel(listedGenerics, into: &model)
        var description = ByteBuffer()
        schema.writeDescription(queries: namedQueries, limits: configuration.queries, into: &description)
        return [(schema.serviceName, model), (ownPrefix + "schema", description)]
    }
}
