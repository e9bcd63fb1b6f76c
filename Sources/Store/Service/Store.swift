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

    var configuration: StoreConfiguration
    let logger: Logger
    /// The name of the service, as it stands in resource names.
    package let serviceName: String
    private let queryPrefix: String
    /// The database's file; nil for one in memory.
    let place: String?
    /// Whether access is asked of the database thread: there are rules, or there is a login.
    var hasRules: Bool
    /// Until the database thread owns it.
    private var engine: StoreEngine?
    private let watch: FileWatch?
    var bus: (any MessageBus)?
    var thread: DatabaseThread?
    private var subscriptions: [BusSubscription] = []
    private var arrived: [Message] = []
    /// Who waits in this process for an answer, by its subject.
    var asked: [String: EventLoopPromise<ByteBuffer>] = [:]
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
        engine.schema.writeDescription(
            queries: engine.namedQueries,
            limits: configuration.queries,
            into: &model
        )
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
}
