import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// The store without thread, bus and clock: requests go in, replies and events come out, in the order to send them.
///
/// Confined to the database thread. Within one call of `process`, requests that read are answered first, from one
/// state of the database; then all writes share a transaction; then their events follow, and last their replies.
final class StoreEngine {
    var configuration: StoreConfiguration
    var database: Database
    var schema: Schema
    var outbox = Outbox()
    var liveQueries: LiveQueries
    var liveRows: LiveRows
    /// Rows of views: what changes them is found by comparison, whoever writes.
    var liveViewRows: LiveRows
    /// Queries whose reading was put off.
    var deferred: [LiveQuery] = []
    /// Until when costly queries are not read anew, unless somebody asks.
    var costlyRest: Instant = 0
    /// Whether another process has committed something that is not told yet.
    var isOutOfStep = false
    /// When the list of live queries is next told.
    var listDue: Instant = 0
    /// Named SQL, in the order of the configuration.
    var namedQueries: [NamedQuery]
    /// Whether there are resources without a schema.
    let servesGenerics: Bool
    var liveGenerics: LiveGenerics
    /// Those that the model of the database refers to.
    var listedGenerics: [String]
    /// Those that the transaction that runs has touched, with what they were before.
    var touchedGenerics: [String: GenericContent?] = [:]
    /// In the order of first touch.
    var touchedGenericNames: [String] = []
    /// Whether a transaction of ours was committed since this was last set back.
    var hasCommitted = false
    /// Whether the transaction that runs may have changed the schema.
    var mayDeclare = false
    /// How names of our own begin: what the user names cannot, since `$` is always encoded there.
    let ownPrefix: String
    var queryEvents: QueryEventLog
    /// Writes that wait for another process to release its lock.
    var blocked: BlockedWrites?
    /// Notes the statements that run; nil while nobody looks.
    var tracer: StatementTracer?
    var snapshots = Snapshots()
    var tally = ChangeTally()
    /// The rules, compiled; nil where everything is open.
    var policy: AccessPolicy?
    /// Login; nil for a store without.
    var authentication: Authentication?
    /// A login that does not fit the schema at present.
    var parkedAuthentication: Authentication?
    /// Seconds since 1970, as of the call that is under way; set by who owns the engine.
    var unixTime: Int64 = 0
    /// What became of a file that is not what it was; nil while all is well.
    var damage: Damage?
    /// Whether another file was opened since its watch was last set.
    var isReopened = false
    let logger: Logger

    /// - Parameters:
    ///   - servesGenericResources: whether there are resources without a schema.
    ///   - instance: a token that is unique to this run, for the subjects on which gateways ask.
    init(
        _ database: Database,
        schema: Schema,
        configuration: StoreConfiguration,
        servesGenericResources: Bool,
        instance: String,
        logger: Logger = Logger(label: "store", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.logger = logger
        self.database = database
        self.schema = schema
        self.configuration = configuration
        liveQueries = LiveQueries(limits: configuration.liveQueries)
        liveRows = LiveRows(limits: configuration.liveRows)
        liveViewRows = LiveRows(limits: configuration.liveViewRows)
        ownPrefix = schema.serviceName + ".$"
        servesGenerics = servesGenericResources
        liveGenerics = LiveGenerics(limit: configuration.generics.maximumFollowed)
        listedGenerics = (try? database.resources.names(limit: configuration.generics.maximumListed)) ?? []
        namedQueries = NamedQueryCompiler(connection: database.connection).compile(configuration.namedSQL)
        queryEvents = QueryEventLog(
            prefix: "_query.\(schema.serviceName).\(instance)",
            limits: configuration.queryEvents
        )
    }

    /// Opens what a configuration names. Blocks.
    static func open(
        _ configuration: StoreConfiguration,
        instance: String,
        logger: Logger = Logger(label: "store", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(StoreError) -> (StoreEngine, SourceOpener.Opened) {
        let opened = try SourceOpener(configuration: configuration).open()
        let made = try make(opened, configuration, instance: instance, logger: logger).get()
        try made.0.startRules(database: opened.isInMemory ? nil : opened.place)
        if let problem = made.0.configurationProblems.first { throw StoreError(.configuration, problem) }
        return made
    }

    private static func make(
        _ opened: SourceOpener.Opened,
        _ configuration: StoreConfiguration,
        instance: String,
        logger: Logger
    ) -> Result<(StoreEngine, SourceOpener.Opened), StoreError> {
        do throws(SQLiteError) {
            let name = NamePart.encode(configuration.name)
            let schema = try SchemaReader.read(
                opened.connection,
                serviceName: name,
                options: MappingOptions(configuration)
            )
            let database = try Database(
                opened.connection,
                schema: schema,
                isInMemory: opened.isInMemory,
                busyTimeout: configuration.busyTimeout,
                maximumChanges: configuration.maximumChanges
            )
            let engine = StoreEngine(
                database,
                schema: schema,
                configuration: configuration,
                servesGenericResources: try servesGenerics(configuration, opened.connection, schema),
                instance: instance,
                logger: logger
            )
            return .success((engine, opened))
        } catch {
            return .failure(StoreError(.unreadable, "\(opened.place) cannot be read: \(error.message)"))
        }
    }

    private static func servesGenerics(
        _ configuration: StoreConfiguration,
        _ connection: SQLiteConnection,
        _ schema: Schema
    ) throws(SQLiteError) -> Bool {
        switch configuration.genericResources {
        case .on: return true
        case .off: return false
        case .automatic:
            if schema.tables.isEmpty { return true }
            return try ResourceTable.exists(in: connection)
        }
    }

    /// Handles what has arrived.
    func process(_ messages: [Message], now: Instant) -> [StoreOutput] {
        lookAfterFile(now: now)
        var writes: [WriteRequest] = []
        var reads: [(request: StoreRequest, reply: Subject?)] = []
        for message in messages {
            do throws(RESError) {
                let request = try StoreRequest(message, queryEvents: queryEvents)
                switch request {
                case .call(let resource, let method, let params, let token):
                    writes.append(
                        WriteRequest(
                            resource: resource,
                            method: method,
                            params: params,
                            token: token,
                            reply: message.reply
                        )
                    )
                case .auth(let request): authenticate(request, now: now)
                case .get, .query, .access, .blob: reads.append((request, message.reply))
                }
            } catch {
                outbox.reply(to: message.reply, error)
            }
        }
        answer(reads, now: now)
        write(writes, now: now)
        noticeDamage(now: now)
        if let nextDeadline, now >= nextDeadline { doWhatIsDue(now: now) }
        tracer?.flush()
        return outbox.take()
    }

    /// Does what time alone makes due: finds other processes' changes, tries blocked writes again, probes live queries.
    func tick(now: Instant) -> [StoreOutput] {
        lookAfterFile(now: now)
        if database.mayHaveOtherWriters {
            // A busy database is looked at again at the next tick.
            _ = try? database.reading { () throws(SQLiteError) in try synchronise(now: now) }
        }
        write([], now: now)
        noticeDamage(now: now)
        doWhatIsDue(now: now)
        return outbox.take()
    }

    /// Probes live queries, reads those that were put off, and tells the list of them.
    private func doWhatIsDue(now: Instant) {
        endSessions(now: now)
        for resource in liveQueries.probes(at: now) {
            let subject = queryEvents.add([], of: resource, now: now)
            outbox.queryEvent(QueryEvent(subject: subject), of: resource)
        }
        guard !deferred.isEmpty || !liveQueries.groups.lists.isEmpty else { return }
        // What a busy database refuses is tried again at the next tick.
        _ = try? database.reading { () throws(SQLiteError) in
            try refreshDeferred(now: now)
            try refreshLists(now: now)
        }
    }

    /// Answers all requests that wait, at the end; writes that are blocked are tried once more.
    func finish(now: Instant) -> [StoreOutput] {
        write([], now: now)
        refuseBlocked()
        return outbox.take()
    }

    /// When `tick` is next due for another reason than other processes' changes; nil for never.
    var nextDeadline: Instant? {
        var deadline = min(blocked?.nextAttempt ?? .max, liveQueries.nextDeadline ?? .max)
        deadline = min(deadline, authentication?.nextDeadline ?? .max, damage?.nextAttempt ?? .max)
        for query in deferred { deadline = min(deadline, readingTime(of: query)) }
        if !liveQueries.groups.lists.isEmpty { deadline = min(deadline, listDue) }
        return deadline == .max ? nil : deadline
    }

    /// What in the configuration does not fit the database, for people; empty when all does.
    var configurationProblems: [String] {
        var problems: [String] = []
        for (name, options) in configuration.tables.sorted(by: { $0.key < $1.key }) where !options.isHidden {
            guard let table = schema.tables.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                let question = NearestName.question(name, among: schema.tables.map(\.name))
                problems.append("there is no table or view \(name) in \(schema.serviceName)\(question)")
                continue
            }
            let columns = table.columns.map(\.name)
            for column in options.key where !columns.contains(column) {
                let question = NearestName.question(column, among: columns)
                problems.append("key of \(name): there is no column \(column)\(question)")
            }
            for column in options.hiddenColumns where table.keyColumns.contains(where: { $0.name == column })
            {
                problems.append("\(name): \(column) is part of the key and cannot be hidden")
            }
            if !options.key.isEmpty, !table.isView {
                problems.append("\(name) is a table; only views are given a key")
            }
        }
        for named in namedQueries {
            guard let failure = named.failure else { continue }
            let place = named.definition.place.map { $0 + ": " } ?? ""
            problems.append("\(place)named SQL \(named.definition.name): \(failure)")
        }
        return problems
    }

    /// The pattern of everything that is served.
    var allResources: [String] { [schema.serviceName, schema.serviceName + ".>"] }
}
