package import Logging
package import NIOCore
package import RESProtocol

/// A SQLite database as a RES service: every table, view and row is a resource, and every change an event.
///
/// Lives on the loop of its bus; the database is owned by a thread of its own. What arrives in one turn of the loop
/// crosses to that thread as one batch, and its events and replies come back as one list, so they leave in the order
/// commit, events, reply.
package final class Store {
    /// What is served, as of the opening.
    package let summary: StoreSummary

    private var configuration: StoreConfiguration
    private let logger: Logger
    /// The name of the service, as it stands in resource names.
    package let serviceName: String
    private let queryPrefix: String
    /// The database's file; nil for one in memory.
    private let place: String?
    /// Whether access is asked of the database thread: there are rules, or there is a login.
    private var hasRules: Bool
    /// Until the database thread owns it.
    private var engine: StoreEngine?
    private let watch: FileWatch?
    private var bus: (any MessageBus)?
    private var thread: DatabaseThread?
    private var subscriptions: [BusSubscription] = []
    private var arrived: [Message] = []
    /// Who waits in this process for an answer, by its subject.
    private var asked: [String: EventLoopPromise<ByteBuffer>] = [:]
    private var lastQuestion: UInt64 = 0

    private init(
        _ configuration: StoreConfiguration,
        _ engine: StoreEngine,
        _ watch: FileWatch?,
        _ place: String?,
        _ summary: StoreSummary,
        _ logger: Logger
    ) {
        self.configuration = configuration
        self.engine = engine
        self.watch = watch
        self.place = place
        self.summary = summary
        self.logger = logger
        serviceName = engine.schema.serviceName
        queryPrefix = engine.queryEvents.prefix
        hasRules = configuration.hasRules
    }

    /// Opens the database and finds out what it holds. Blocks; reads no rows but to count some.
    package static func open(
        _ configuration: StoreConfiguration,
        logger: Logger
    ) throws(StoreError) -> Store {
        let instance = String(UInt64.random(in: .min ... .max), radix: 36)
        let (engine, opened) = try StoreEngine.open(
            configuration,
            instance: instance,
            logger: logger
        )
        let summary = try StoreSummary(of: engine, opened)
        let watch = opened.isInMemory ? nil : FileWatch(database: opened.place)
        let place = opened.isInMemory ? nil : opened.place
        return Store(configuration, engine, watch, place, summary, logger)
    }

    /// Opens a database only to say what it holds: the model that the resource `$schema` has when it is served.
    package static func describe(
        _ configuration: StoreConfiguration,
        logger: Logger
    ) throws(StoreError) -> JSONSlice {
        let (engine, _) = try StoreEngine.open(configuration, instance: "", logger: logger)
        var model = ByteBuffer()
        engine.schema.writeDescription(queries: engine.namedQueries, into: &model)
        return JSONSlice(unchecked: model)
    }

    /// Serves on a bus, on whose loop this must be called. Completes when requests are subscribed to.
    package func start(bus: any MessageBus) -> EventLoopFuture<Void> {
        bus.eventLoop.preconditionInEventLoop()
        self.bus = bus
        let loop = bus.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        guard let engine else { preconditionFailure("a store is started once") }
        self.engine = nil
        let thread = DatabaseThread(engine, watch: watch) { outputs in
            loop.execute { bound.value.send(outputs) }
        }
        guard thread.start() else {
            return loop.makeFailedFuture(StoreError(.unreadable, "The system has no thread to give"))
        }
        self.thread = thread
        subscribe(to: bus)
        announceStart()
        bus.observeState { [weak self] state in
            if state == .reconnected { self?.announceStart() }
        }
        return bus.flush()
    }

    /// Stops serving: no request is taken any more, waiting ones are answered, events are sent, the database is closed.
    package func stop() -> EventLoopFuture<Void> {
        guard let bus, let thread else {
            preconditionFailure("a store is stopped once, after it was started")
        }
        for subscription in subscriptions { bus.unsubscribe(subscription) }
        subscriptions = []
        handOver()
        self.thread = nil
        let promise = bus.eventLoop.makePromise(of: Void.self)
        thread.stop { promise.succeed() }
        let bound = NIOLoopBound(bus, eventLoop: bus.eventLoop)
        return promise.futureResult.flatMap { bound.value.flush() }
    }

    /// Does what is asked of the database and gives the result, on the bus's loop; never while the store is not serving.
    package func administer(
        _ request: AdministrationRequest,
        then complete: @escaping (Result<JSONSlice, RESError>) -> Void
    ) {
        guard let bus, let thread else {
            return complete(.failure(.serviceUnavailable.saying("The store is not serving")))
        }
        let loop = bus.eventLoop
        let completion = NIOLoopBound(
            { [self] (outputs: [StoreOutput], result: Result<JSONSlice, RESError>) in
                send(outputs)
                complete(result)
            },
            eventLoop: loop
        )
        thread.perform { engine in
            let result: Result<JSONSlice, RESError>
            do throws(RESError) {
                result = .success(try engine.administer(request, now: DatabaseThread.now()))
            } catch { result = .failure(error) }
            engine.tracer?.flush()
            // The events leave before the answer, as with any change.
            let outputs = engine.outbox.take()
            loop.execute { [outputs] in
                completion.value(outputs, result)
            }
        }
    }

    /// Has the statements told that run from now on, on the bus's loop; nil to stop that.
    package func trace(_ receive: (([StatementTrace]) -> Void)?) {
        guard let bus, let thread else { return }
        let loop = bus.eventLoop
        guard let receive else {
            return thread.perform { $0.tracer = nil }
        }
        let receiver = NIOLoopBound(receive, eventLoop: loop)
        thread.perform { engine in
            // The old one ends before the new one begins: a connection has one.
            engine.tracer = nil
            engine.tracer = StatementTracer(engine.database.connection) { traces in
                loop.execute { receiver.value(traces) }
            }
        }
    }

    /// Takes over other settings while running: rules, login, limits, and how tables are served.
    ///
    /// - Returns: nil, or why everything stays as it was.
    package func reconfigure(_ configuration: StoreConfiguration) -> EventLoopFuture<StoreError?> {
        guard let bus, let thread else { preconditionFailure("a store is reconfigured while it serves") }
        let loop = bus.eventLoop
        let promise = loop.makePromise(of: StoreError?.self)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let file = place
        thread.perform { engine in
            do throws(StoreError) {
                try engine.reconfigure(configuration, database: file)
                loop.execute {
                    bound.value.hasRules = configuration.hasRules
                    bound.value.configuration.maximumPending = configuration.maximumPending
                }
                promise.succeed(nil)
            } catch {
                promise.succeed(error)
            }
        }
        return promise.futureResult
    }

    private func subscribe(to bus: any MessageBus) {
        let kinds = ["get", "call", "auth"]
        for pattern in kinds.flatMap({ ["\($0).\(serviceName)", "\($0).\(serviceName).>"] })
            + ["\(queryPrefix).>"]
        {
            guard let pattern = SubjectPattern(pattern) else { continue }
            subscriptions.append(bus.subscribe(to: pattern) { [unowned self] in receive($0) })
        }
        for pattern in ["access.\(serviceName)", "access.\(serviceName).>"] {
            guard let pattern = SubjectPattern(pattern) else { continue }
            subscriptions.append(bus.subscribe(to: pattern) { [unowned self] in grant($0) })
        }
    }

    /// Whoever holds resources of an earlier run asks for them anew.
    private func announceStart() {
        let names = [serviceName, serviceName + ".>"]
        bus?.publish("system.reset", payload: Outbox.reset(resources: names, access: names))
    }

    /// Without rules everything is open to everybody; with rules the database thread decides.
    private func grant(_ message: Message) {
        guard !hasRules else { return receive(message) }
        guard let reply = message.reply else { return }
        bus?.publish(reply, payload: Store.grantingReply)
    }

    private static let grantingReply = ByteBuffer(string: "{\"result\":{\"get\":true,\"call\":\"*\"}}")

    private func receive(_ message: Message) {
        arrived.append(message)
        guard arrived.count == 1, let loop = bus?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.handOver() }
    }

    /// Gives the database thread what has arrived in this turn of the loop.
    private func handOver() {
        guard !arrived.isEmpty, let thread else { return }
        if !thread.send(arrived, limit: configuration.maximumPending) {
            for message in arrived { refuse(message) }
        }
        arrived.removeAll(keepingCapacity: true)
    }

    private func refuse(_ message: Message) {
        guard let reply = message.reply else { return }
        var payload = ByteBuffer()
        ServiceResponse(.error(.serviceUnavailable.saying("Too many requests wait for the database")))
            .encode(into: &payload)
        bus?.publish(reply, payload: payload)
    }

    /// Asks the database without the bus, whose messages have a largest size.
    func ask(_ subject: Subject, _ payload: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
        guard let bus, let thread else {
            preconditionFailure("a store is asked between its start and its stop")
        }
        lastQuestion += 1
        let reply = Subject(unchecked: "$local.\(lastQuestion)")
        let promise = bus.eventLoop.makePromise(of: ByteBuffer.self)
        asked[reply.text] = promise
        // What came before this is answered before it.
        handOver()
        if !thread.send(
            [Message(subject: subject, reply: reply, payload: payload)],
            limit: configuration.maximumPending
        ) {
            asked[reply.text] = nil
            promise.fail(StoreError(.unreadable, "Too many requests wait for the database"))
        }
        return promise.futureResult
    }

    private func send(_ outputs: [StoreOutput]) {
        guard asked.isEmpty else {
            return publish(
                outputs.filter { output in
                    guard case .reply = output.kind,
                        let promise = asked.removeValue(forKey: output.subject.text)
                    else {
                        return true
                    }
                    promise.succeed(output.payload)
                    return false
                }
            )
        }
        publish(outputs)
    }

    private func publish(_ outputs: [StoreOutput]) {
        guard let bus else { return }
        for output in outputs where !bus.publish(output.subject, payload: output.payload) {
            replaceOversized(output, on: bus)
        }
    }

    /// What is larger than the bus takes cannot leave; who waits for it is told so.
    private func replaceOversized(_ output: StoreOutput, on bus: any MessageBus) {
        guard output.payload.readableBytes > bus.maximumPayload else { return }
        switch output.kind {
        case .reply:
            var payload = ByteBuffer()
            let size = output.payload.readableBytes
            let error = RESError.internalError.saying(
                "The answer has \(size) bytes, more than the \(bus.maximumPayload) that a message can hold"
            )
            ServiceResponse(.error(error)).encode(into: &payload)
            bus.publish(output.subject, payload: payload)
        case .event(let resource):
            bus.publish("system.reset", payload: Outbox.reset(resources: [resource], access: []))
        }
        logger.warning(
            "message is larger than the bus takes",
            metadata: ["subject": "\(output.subject)", "bytes": "\(output.payload.readableBytes)"]
        )
    }
}

extension StoreSummary {
    fileprivate init(of engine: StoreEngine, _ opened: SourceOpener.Opened) throws(StoreError) {
        let schema = engine.schema
        let database = engine.database
        service = schema.serviceName
        title = "\(schema.serviceName) in \(opened.place)"
        tables = []
        remarks = opened.remarks
        for table in schema.tables {
            // Counting a view may run any query; only tables are counted.
            let count: Int
            do throws(SQLiteError) {
                count = table.isView ? 0 : try database.reader.count(table, upTo: StoreSummary.countBound + 1)
            } catch {
                throw StoreError(.unreadable, "\(opened.place) cannot be read: \(error.message)")
            }
            tables.append(
                Table(
                    resource: table.resourceName,
                    rows: table.isView ? "" : StoreSummary.rows(count),
                    isView: table.isView
                )
            )
        }
        if engine.servesGenerics {
            resources = (try? database.resources.count()).map { StoreSummary.rows($0) }
        }
        if !schema.leftOut.isEmpty { remarks.append("not served: " + schema.leftOut.joined(separator: ", ")) }
    }
}
