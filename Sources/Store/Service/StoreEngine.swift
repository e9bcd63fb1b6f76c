import RESProtocol

import struct NIOCore.ByteBuffer

/// The store without thread, bus and clock: requests go in, replies and events come out, in the order to send them.
///
/// Confined to the database thread. Within one call of `process`, requests that read are answered first, from one
/// state of the database; then all writes share a transaction; then their events follow, and last their replies.
final class StoreEngine {
    let configuration: StoreConfiguration
    let database: Database
    var schema: Schema
    var outbox = Outbox()
    var liveQueries: LiveQueries
    var liveRows: LiveRows
    var queryEvents: QueryEventLog
    /// Writes that wait for another process to release its lock.
    var blocked: BlockedWrites?
    /// Notes the statements that run; nil while nobody looks.
    var tracer: StatementTracer?
    var snapshots = Snapshots()
    var tally = ChangeTally()

    /// - Parameter instance: a token that is unique to this run, for the subjects on which gateways ask.
    init(_ database: Database, schema: Schema, configuration: StoreConfiguration, instance: String) {
        self.database = database
        self.schema = schema
        self.configuration = configuration
        liveQueries = LiveQueries(limits: configuration.liveQueries)
        liveRows = LiveRows(limits: configuration.liveRows)
        queryEvents = QueryEventLog(
            prefix: "_query.\(schema.serviceName).\(instance)",
            limits: configuration.queryEvents
        )
    }

    /// Opens what a configuration names. Blocks.
    static func open(
        _ configuration: StoreConfiguration,
        instance: String
    ) throws(StoreError) -> (StoreEngine, SourceOpener.Opened) {
        let opened = try SourceOpener(configuration: configuration).open()
        do throws(SQLiteError) {
            let name = NamePart.encode(configuration.name)
            let schema = try SchemaReader.read(opened.connection, serviceName: name)
            let database = try Database(
                opened.connection,
                schema: schema,
                isInMemory: opened.isInMemory,
                busyTimeout: configuration.busyTimeout,
                maximumChanges: configuration.maximumChanges
            )
            return (
                StoreEngine(database, schema: schema, configuration: configuration, instance: instance),
                opened
            )
        } catch {
            throw StoreError(.unreadable, "\(opened.place) cannot be read: \(error.message)")
        }
    }

    /// Handles what has arrived.
    func process(_ messages: [Message], now: Instant) -> [StoreOutput] {
        var writes: [WriteRequest] = []
        var reads: [(request: StoreRequest, reply: Subject?)] = []
        for message in messages {
            do throws(RESError) {
                let request = try StoreRequest(message, queryEvents: queryEvents)
                switch request {
                case .call(let resource, let method, let params):
                    writes.append(
                        WriteRequest(resource: resource, method: method, params: params, reply: message.reply)
                    )
                case .auth(let method):
                    throw .methodNotFound.saying("No auth method \(method)")
                case .get, .query: reads.append((request, message.reply))
                }
            } catch {
                outbox.reply(to: message.reply, error)
            }
        }
        answer(reads, now: now)
        write(writes, now: now)
        tracer?.flush()
        return outbox.take()
    }

    /// Does what time alone makes due: finds other processes' changes, tries blocked writes again, probes live queries.
    func tick(now: Instant) -> [StoreOutput] {
        if database.mayHaveOtherWriters {
            // A busy database is looked at again at the next tick.
            _ = try? database.reading { () throws(SQLiteError) in try synchronise(now: now) }
        }
        write([], now: now)
        for resource in liveQueries.probes(at: now) {
            let subject = queryEvents.add([], of: resource, now: now)
            outbox.queryEvent(QueryEvent(subject: subject), of: resource)
        }
        return outbox.take()
    }

    /// Answers all requests that wait, at the end; writes that are blocked are tried once more.
    func finish(now: Instant) -> [StoreOutput] {
        write([], now: now)
        refuseBlocked()
        return outbox.take()
    }

    /// When `tick` is next due for another reason than other processes' changes; nil for never.
    var nextDeadline: Instant? {
        [blocked?.nextAttempt, liveQueries.nextDeadline].compactMap { $0 }.min()
    }

    /// The pattern of everything that is served.
    var allResources: [String] { [schema.serviceName, schema.serviceName + ".>"] }
}
