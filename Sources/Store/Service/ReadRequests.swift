import RESProtocol

import struct NIOCore.ByteBuffer

/// Requests that read.
extension StoreEngine {
    /// Answers requests from one state of the database.
    func answer(_ reads: [(request: StoreRequest, reply: Subject?)], now: Instant) {
        guard !reads.isEmpty else { return }
        do throws(SQLiteError) {
            try database.reading { () throws(SQLiteError) in
                try synchronise(now: now)
                for (request, reply) in reads {
                    tracer?.reply = reply
                    answer(request, reply, now: now)
                }
                tracer?.reply = nil
            }
        } catch {
            for (_, reply) in reads { outbox.reply(to: reply, RESError(error)) }
        }
    }

    private func answer(_ request: StoreRequest, _ reply: Subject?, now: Instant) {
        do throws(RESError) {
            switch request {
            case .get(let id): try get(id, reply, now: now)
            case .query(let event, let resource, let query):
                try answerQuery(event, resource, query, reply, now: now)
            case .call, .auth: throw .methodNotFound
            }
        } catch {
            outbox.reply(to: reply, error)
        }
    }

    private func get(_ id: ResourceID, _ reply: Subject?, now: Instant) throws(RESError) {
        switch try schema.resource(named: id.name) {
        case .database:
            guard id.query == nil else { throw .invalidQuery.saying("\(id.name) takes no query") }
            var payload = ByteBuffer()
            payload.writeStaticString("{\"result\":{\"model\":")
            schema.writeModel(into: &payload)
            payload.writeStaticString("}}")
            outbox.reply(to: reply, payload)
        case .row(let table, let key):
            guard id.query == nil else { throw .invalidQuery.saying("A row takes no query") }
            try getRow(table, key, reply)
        case .table, .reverse:
            let query = try liveQuery(id.name, id.query, now: now)
            sendCollection(query, to: reply)
        }
    }

    private func getRow(_ table: Table, _ key: RowKey, _ reply: Subject?) throws(RESError) {
        var payload = ByteBuffer()
        payload.reserveCapacity(512)
        payload.writeStaticString("{\"result\":{\"model\":")
        let start = payload.writerIndex
        let isFound: Bool
        do throws(SQLiteError) {
            isFound = try database.reader.writeModel(table, key, into: &payload)
        } catch {
            throw RESError(error)
        }
        guard isFound else { throw .noRow(table, key) }
        let model = payload.getSlice(at: start, length: payload.writerIndex - start)
        payload.writeStaticString("}}")
        outbox.reply(to: reply, payload)
        if database.mayHaveOtherWriters, let model { liveRows.serve(table, key, model: model) }
    }

    /// The live query of a collection, made live if it is not.
    private func liveQuery(_ resource: String, _ text: String?, now: Instant) throws(RESError) -> LiveQuery {
        if let text, let query = liveQueries.query(resource, text) {
            query.confirm(at: now)
            return query
        }
        let (table, scope) = try collection(named: resource)
        var query = try QueryParser.parse(text, table: table, limits: configuration.queries)
        let normalised = query.text(for: table, limits: configuration.queries)
        if let query = liveQueries.query(resource, normalised) {
            query.confirm(at: now)
            return query
        }
        query.filters += scope
        do throws(SQLiteError) {
            let group = liveQueries.groups.group(for: query, of: table)
            let elements = try read(query, of: table, group)
            let live = LiveQuery(
                resource: resource,
                text: normalised,
                table: table,
                query: query,
                group: group,
                since: queryEvents.last,
                elements: elements,
                now: now
            )
            liveQueries.track(live, now: now)
            return live
        } catch {
            throw RESError(error)
        }
    }

    /// The elements of a query; of the rows that its group knows, if they reach far enough.
    private func read(
        _ query: CollectionQuery,
        of table: Table,
        _ group: QueryGroup?
    ) throws(SQLiteError) -> [WindowElement] {
        guard let group else { return try database.reader.elements(query, of: table) }
        if let length = group.readingLength(to: query.start + query.limit) {
            group.fill(try database.reader.places(query, of: table, length: length), length: length)
        }
        return group.elements(query)
    }

    /// The table of a collection, and the conditions that the resource name implies.
    private func collection(named name: String) throws(RESError) -> (Table, [CollectionQuery.Filter]) {
        switch try schema.resource(named: name) {
        case .table(let table): return (table, [])
        case .reverse(let table, let reverse, let parent, let key):
            try database.writer.requireRow(parent, key)
            let scope = zip(reverse.columns, key.bindings).map { column, value in
                CollectionQuery.Filter(column: column, test: .equal(value))
            }
            return (table, scope)
        case .database, .row: throw .notFound.saying("\(name) is no collection")
        }
    }

    private func sendCollection(_ collection: LiveQuery, to reply: Subject?) {
        var payload = ByteBuffer()
        payload.reserveCapacity(64 + 48 * collection.elements.count)
        payload.writeStaticString("{\"result\":{")
        ResourceContent.collection(collection.elements.map { $0.value(in: collection.table) }).encode(
            into: &payload
        )
        payload.writeStaticString(",\"query\":")
        payload.writeJSON(collection.text)
        payload.writeStaticString("}}")
        outbox.reply(to: reply, payload)
    }

    /// Answers what a gateway asks about a query event: the events of that moment, or all there is when that is unknown.
    private func answerQuery(
        _ event: UInt64,
        _ resource: String,
        _ text: String,
        _ reply: Subject?,
        now: Instant
    ) throws(RESError) {
        if let live = liveQueries.query(resource, text), live.since < event,
            let events = queryEvents.events(of: event, for: text)
        {
            live.confirm(at: now)
            var payload = ByteBuffer()
            payload.writeStaticString("{\"result\":{\"events\":")
            events.encodeQueryEvents(into: &payload)
            payload.writeStaticString("}}")
            outbox.reply(to: reply, payload)
        } else {
            let live = try liveQuery(resource, text, now: now)
            sendCollection(live, to: reply)
        }
    }
}
