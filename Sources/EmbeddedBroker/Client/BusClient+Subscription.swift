import RESProtocol

extension BusClient {
    /// Messages of the subjects that a client subscribed to, as an asynchronous sequence.
    ///
    ///     let jobs = try await client.subscribe(to: "jobs.>", queue: "workers")
    ///     for await job in jobs { try await client.respond(to: job, with: "done") }
    ///
    /// It ends when it is unsubscribed or drained, when its client is closed, and when it is not held any more. Several
    /// tasks may take from one subscription; each message goes to one of them.
    public final class Subscription: AsyncSequence, Sendable {
        /// What it asks for: tokens joined by dots, `*` for any token, a last `>` for one or more.
        public let subject: String
        /// The queue group that shares its messages; nil for none.
        public let queue: String?
        private let id: UInt64
        private let buffer: MessageBuffer
        private let client: BusClient

        init(subject: String, queue: String?, id: UInt64, buffer: MessageBuffer, client: BusClient) {
            self.subject = subject
            self.queue = queue
            self.id = id
            self.buffer = buffer
            self.client = client
        }

        deinit {
            let id = id
            _ = client.operations.add(.perform { $0.end(id) })
        }

        /// How many messages were dropped because nobody took those that waited before them.
        public var droppedMessages: Int { buffer.dropped }

        /// Ends the subscription. What is buffered can still be taken.
        public func unsubscribe() async {
            let id = id
            try? await client.perform { core, complete in
                core.end(id)
                complete()
            }
        }

        /// Ends the subscription by itself after a number of messages, counted from its beginning; at once when it has had
        /// as many.
        public func unsubscribe(after maximum: Int) async {
            let id = id
            try? await client.perform { core, complete in
                core.limit(id, to: maximum)
                complete()
            }
        }

        /// Ends the subscription once everything that was published before is in its buffer, from which it can still be
        /// taken.
        public func drain() async {
            let id = id
            try? await client.perform { core, complete in core.drain([id], then: complete) }
        }

        /// Takes messages, in order.
        public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

        /// Takes the messages of a subscription.
        public struct Iterator: AsyncIteratorProtocol {
            fileprivate let subscription: Subscription

            /// The next message; nil when the subscription is over, or the task is cancelled.
            public mutating func next() async -> BusMessage? { await subscription.buffer.next() }

            /// The next message; nil when the subscription is over, or the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> BusMessage? {
                await subscription.buffer.next()
            }
        }
    }

    /// How much waits for a task that takes messages before more are dropped.
    public struct BufferLimits: Sendable, Hashable {
        /// How many messages.
        public var messages: Int
        /// Payloads, header fields and subjects together, in bytes.
        public var bytes: Int

        /// - Parameters:
        ///   - messages: how many messages.
        ///   - bytes: payloads, header fields and subjects together.
        public init(messages: Int = 65_536, bytes: Int = 64 << 20) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    /// Asks for messages. They come from when this returns on.
    ///
    /// - Parameters:
    ///   - subject: tokens joined by dots, `*` for any token, a last `>` for one or more.
    ///   - queue: the queue group that shares the messages: each goes to one member, in this process or elsewhere.
    ///   - limits: what is kept for a task that does not keep up; what goes beyond is dropped and counted.
    /// - Throws: `BusError` of code `invalidSubject`, `invalidQueue` or `closed`.
    public func subscribe(
        to subject: String,
        queue: String? = nil,
        limits: BufferLimits = BufferLimits()
    ) async throws -> Subscription {
        guard let pattern = SubjectPattern(subject) else {
            throw BusError(
                .invalidSubject,
                "'\(subject)' cannot be subscribed to: it is tokens joined by dots, without white space, and '>' stands last"
            )
        }
        guard queue?.utf8.allSatisfy({ $0 > 0x20 }) ?? true, queue?.isEmpty != true else {
            throw BusError(.invalidQueue, "a queue group's name has no white space and is not empty")
        }
        let buffer = MessageBuffer(limits: .init(messages: limits.messages, bytes: limits.bytes))
        let id = try await value { $0.subscribe(to: pattern, queue: queue, into: buffer) }
        return Subscription(subject: subject, queue: queue, id: id, buffer: buffer, client: self)
    }
}
