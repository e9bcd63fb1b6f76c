import RESProtocol

import struct NIOCore.ByteBuffer

/// Requests that read.
extension StoreEngine {
    /// Answers requests from one state of the database.
    func answer(_ reads: [(request: StoreRequest, reply: Subject?)], now: Instant) {
        guard !reads.isEmpty else { return }
        do throws(SQLiteError) {
            if let damage { throw damage.error }
            try database.reading { () throws(SQLiteError) in
                try synchronise(now: now)
                for (request, reply) in reads {
                    tracer?.reply = reply
                    database.timeLimit.begin(milliseconds: configuration.readTime)
                    answer(request, reply, now: now)
                }
                tracer?.reply = nil
                database.timeLimit.stop()
            }
        } catch {
            suspect(error, now: now)
            for (_, reply) in reads { outbox.reply(to: reply, RESError(error)) }
        }
    }

    private func answer(_ request: StoreRequest, _ reply: Subject?, now: Instant) {
        do throws(RESError) {
            switch request {
            case .get(let id): try get(id, reply, now: now)
            case .query(let event, let resource, let query):
                try answerQuery(event, resource, query, reply, now: now)
            case .access(let access): answerAccess(access, reply)
            case .blob(let resource, let column): getBlob(resource, column, reply)
            case .call, .auth: throw .methodNotFound
            }
        } catch {
            outbox.reply(to: reply, error)
        }
    }

    private func get(_ id: ResourceID, _ reply: Subject?, now: Instant) throws(RESError) {
        switch try resource(named: id.name) {
        case .database:
            try refuseQuery(of: id)
            sendModel(to: reply) { writeDatabaseModel(listedGenerics, into: &$0) }
        case .schema:
            try refuseQuery(of: id)
            sendModel(to: reply) {
                schema.writeDescription(queries: namedQueries, limits: configuration.queries, into: &$0)
            }
        case .queries:
            try refuseQuery(of: id)
            let members = namedQueries.map { named in
                ModelMember(
                    named.definition.name,
                    .softReference(ResourceID(unchecked: ownPrefix + "q." + named.part))
                )
            }
            sendModel(to: reply) { members.encode(into: &$0) }
        case .row(let table, let key) where id.query == nil: try getRow(table, key, reply)
        case .generic(let name):
            try refuseQuery(of: id)
            try getGeneric(name, reply)
        case .row, .table, .reverse, .count, .named, .live:
            send(try liveQuery(id.name, id.query, isNew: true, now: now), to: reply)
        }
    }

    private func refuseQuery(of id: ResourceID) throws(RESError) {
        guard id.query == nil else { throw .invalidQuery.saying("\(id.name) takes no query") }
    }

    private func sendModel(to reply: Subject?, _ write: (inout ByteBuffer) -> Void) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"result\":{\"model\":")
        write(&payload)
        payload.writeStaticString("}}")
        outbox.reply(to: reply, payload)
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
        guard let model else { return }
        if table.isView {
            liveViewRows.serve(table, key, model: model)
        } else if database.mayHaveOtherWriters {
            liveRows.serve(table, key, model: model)
        }
    }

    private func send(_ query: LiveQuery, to reply: Subject?) {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"result\":{")
        if case .elements(let elements) = query.content { payload.reserveCapacity(64 + 48 * elements.count) }
        query.resourceContent(query.content).encode(into: &payload)
        payload.writeStaticString(",\"query\":")
        payload.writeJSON(query.text)
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
        let live = liveQueries.query(resource, text)
        if live.map({ $0.since < event }) ?? true, let events = queryEvents.events(of: event, for: text) {
            // A row that was shown is gone.
            if events.contains(.delete) { throw .notFound }
            if let live {
                live.confirm(at: now, isNew: false)
                var payload = ByteBuffer()
                payload.writeStaticString("{\"result\":{\"events\":")
                events.encodeQueryEvents(into: &payload)
                payload.writeStaticString("}}")
                return outbox.reply(to: reply, payload)
            }
        }
        let whole = try liveQuery(resource, text, isNew: false, now: now)
        // Who asks next about an event that this tells already is told the whole again.
        whole.since = queryEvents.last
        send(whole, to: reply)
    }
}
