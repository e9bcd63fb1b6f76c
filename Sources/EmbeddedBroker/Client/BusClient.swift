import NIOCore
import RESProtocol

/// A client of a broker in the same process: publishes, subscribes and asks, like a client over the network, but
/// messages never become bytes on a wire.
///
///     let client = try await broker.makeClient(name: "orders")
///     try await client.publish("one", to: "orders.new")
///     for await message in try await client.subscribe(to: "orders.*") { print(message.text) }
///
/// It can be used from any number of tasks. What one task publishes arrives in that order. A task that publishes faster
/// than messages are taken waits in `publish`. The client ends when it is closed, when its broker stops, and when
/// neither it nor any of its subscriptions is held any more.
public final class BusClient: Sendable {
    /// What people know it by.
    public let name: String
    /// The account in whose subjects it publishes and subscribes.
    public let account: String
    /// The largest payload and header block, together, that it can publish, in bytes.
    public let maximumPayload: Int
    let operations: BusOperations

    init(name: String, account: String, maximumPayload: Int, operations: BusOperations) {
        self.name = name
        self.account = account
        self.maximumPayload = maximumPayload
        self.operations = operations
    }

    deinit {
        _ = operations.add(.perform { $0.close() })
    }

    // MARK: Publishing

    /// Sends a message to all who subscribe to its subject, and to one member of each queue group.
    ///
    /// Returns once the message is on its way; `flush()` waits until it has been handed over.
    /// - Parameters:
    ///   - payload: text, bytes, or a type of the program's own.
    ///   - subject: tokens joined by dots, without wildcards.
    ///   - reply: where answers should go; nil for nowhere.
    /// - Throws: `BusError`, of code `invalidSubject`, `invalidHeader`, `payloadTooLarge` or `closed`.
    public func publish(
        _ payload: some BusPayload,
        to subject: String,
        reply: String? = nil,
        headers: BusHeaders = [:]
    ) async throws {
        let message = try makeMessage(payload.busPayload, to: subject, reply: reply, headers: headers)
        guard operations.add(.publish(message)) else { throw BusError.closed }
        await operations.waitForRoom()
    }

    /// Answers a message.
    ///
    /// - Throws: `BusError` as `publish` does, and of code `noReply` when its sender waits for no answer.
    public func respond(
        to message: BusMessage,
        with payload: some BusPayload,
        headers: BusHeaders = [:]
    ) async throws {
        guard let reply = message.reply else {
            throw BusError(.noReply, "the message on '\(message.subject)' has no reply subject")
        }
        try await publish(payload, to: reply, headers: headers)
    }

    /// Waits until everything that was published before has been handed over: to subscriptions of this process, and to the
    /// sockets of the others.
    ///
    /// - Throws: `BusError` of code `closed`.
    public func flush() async throws {
        try await perform { core, complete in
            core.bus.flush().assumeIsolated().whenComplete { _ in complete() }
        }
    }

    // MARK: Asking

    /// Asks, and waits for the first answer.
    ///
    /// - Parameter timeout: how long to wait for it.
    /// - Returns: the answer.
    /// - Throws: `BusError` as `publish` does; of code `noResponders`, at once, when nobody subscribes; of code
    ///   `timedOut`. `CancellationError` when the task is cancelled.
    public func request(
        _ payload: some BusPayload = "",
        to subject: String,
        headers: BusHeaders = [:],
        timeout: Duration = .seconds(2)
    ) async throws -> BusMessage {
        let message = try makeMessage(payload.busPayload, to: subject, reply: nil, headers: headers)
        let request = BusRequest()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                request.begin(continuation)
                let isTaken = operations.add(
                    .perform { request.send(message, timeout: timeout, over: $0) }
                )
                if !isTaken { request.end(.failure(BusError.closed)) }
            }
        } onCancel: {
            request.end(.failure(CancellationError()))
            _ = operations.add(.perform { _ in request.forget() })
        }
    }

    /// Whether anyone subscribes to a subject now, in this process or over the network.
    ///
    /// Who computes something only for those who listen asks this first.
    /// - Throws: `BusError` of code `invalidSubject` or `closed`.
    public func hasInterest(in subject: String) async throws -> Bool {
        let subject = try BusClient.literal(subject)
        return try await value { $0.bus.hasInterest(in: subject) }
    }

    // MARK: Ending

    /// Ends all subscriptions once everything that was published before has reached them, then the client. What is
    /// buffered can still be taken.
    public func drain() async {
        try? await perform { core, complete in core.drain(then: complete) }
        await close()
    }

    /// Ends the client at once: all subscriptions end behind what is buffered, requests fail.
    public func close() async {
        try? await perform { core, complete in
            core.close()
            complete()
        }
    }

    // MARK: The loop

    /// Has something done on the loop, behind what was asked for before, and waits until it is complete.
    func perform(
        _ body: @escaping @Sendable (BusClientCore, _ complete: @escaping @Sendable () -> Void) -> Void
    ) async throws {
        let isTaken = await withCheckedContinuation { continuation in
            let isTaken = operations.add(.perform { body($0) { continuation.resume(returning: true) } })
            if !isTaken { continuation.resume(returning: false) }
        }
        guard isTaken else { throw BusError.closed }
    }

    /// Has something found out on the loop, behind what was asked for before.
    func value<Value: Sendable>(_ body: @escaping @Sendable (BusClientCore) -> Value) async throws -> Value {
        let value: Value? = await withCheckedContinuation { continuation in
            let isTaken = operations.add(.perform { continuation.resume(returning: body($0)) })
            if !isTaken { continuation.resume(returning: nil) }
        }
        guard let value else { throw BusError.closed }
        return value
    }

    private func makeMessage(
        _ payload: ByteBuffer,
        to subject: String,
        reply: String?,
        headers: BusHeaders
    ) throws(BusError) -> Message {
        let message = Message(
            subject: try BusClient.literal(subject),
            reply: try reply.map { reply throws(BusError) in try BusClient.literal(reply) },
            headers: try headers.encoded(),
            payload: payload
        )
        let size = payload.readableBytes + (message.headers?.block.readableBytes ?? 0)
        guard size <= maximumPayload else {
            throw BusError(
                .payloadTooLarge,
                "a message to '\(subject)' has \(size) bytes, and the broker takes \(maximumPayload)"
            )
        }
        return message
    }

    private static func literal(_ text: String) throws(BusError) -> Subject {
        guard let subject = Subject(text), SubjectRules.isValidLiteral(text.utf8Span.span) else {
            throw BusError(
                .invalidSubject,
                "'\(text)' is no subject to publish to: it is tokens joined by dots, without white space and wildcards"
            )
        }
        return subject
    }
}
