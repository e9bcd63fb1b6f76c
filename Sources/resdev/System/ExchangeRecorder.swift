import EmbeddedBroker
import Gateway
import RESProtocol
import Store

import struct NIOCore.ByteBuffer

/// Puts together what gateway, bus and stores tell of their work, so that each request is one row with its parts.
///
/// Confined to the event loop. The gateway works on one request at a time: what it asks of services between the beginning
/// of a request, or an answer's arrival, and the end of that turn belongs to the request. Which answer it was is told by
/// its reply subject, by which stores tell their statements as well.
final class ExchangeRecorder {
    /// Requests that are under way and watched; others are only counted.
    static let maximumOpen = 4096
    /// Rows kept for who comes to look.
    static let maximumRecent = 300
    /// Rows that wait to be told; others are only counted.
    static let maximumWaiting = 400

    private struct Key: Hashable {
        let connection: String
        let number: UInt64
    }

    private let now: () -> UInt64
    private let wallTime: () -> Int64
    private var open: [UInt64: Exchange] = [:]
    private var numbers: [Key: UInt64] = [:]
    /// By reply subject: the exchange and its part.
    private var awaited: [String: (exchange: UInt64, part: Int)] = [:]
    private var last: UInt64 = 0
    private var current: UInt64?

    /// Rows that were completed since `take`.
    private var waiting: [JSONSlice] = []
    /// The last rows that were told, the oldest first.
    private(set) var recent: [JSONSlice] = []
    /// How many rows were completed, and how many were too many to be told.
    private(set) var seen = 0
    private(set) var skipped = 0

    init(now: @escaping () -> UInt64, wallTime: @escaping () -> Int64) {
        self.now = now
        self.wallTime = wallTime
    }

    /// Rows that were completed since the last time.
    func take() -> [JSONSlice] {
        defer { waiting = [] }
        recent += waiting
        if recent.count > ExchangeRecorder.maximumRecent {
            recent.removeFirst(recent.count - ExchangeRecorder.maximumRecent)
        }
        return waiting
    }

    /// Forgets what is under way.
    func reset() {
        open = [:]
        numbers = [:]
        awaited = [:]
        waiting = []
        current = nil
    }

    private func begin(
        _ kind: Exchange.Kind,
        client: String,
        action: String,
        method: String? = nil,
        resource: String,
        params: JSONSlice? = nil
    ) -> Exchange {
        last += 1
        return Exchange(
            number: last,
            kind: kind,
            client: client,
            action: action,
            method: method,
            resource: resource,
            params: params?.detached,
            start: now(),
            wallTime: wallTime()
        )
    }

    private func complete(_ exchange: Exchange) {
        var exchange = exchange
        exchange.end = now()
        seen += 1
        guard waiting.count < ExchangeRecorder.maximumWaiting else {
            skipped += 1
            return
        }
        waiting.append(exchange.json)
    }
}

// MARK: - What the gateway tells

extension ExchangeRecorder: GatewayObserver {
    func requestBegan(_ request: ClientExchange) {
        current = nil
        guard !ExchangeRecorder.isSystem(request.name), open.count < ExchangeRecorder.maximumOpen else {
            return
        }
        let exchange = begin(
            request.transport == .http ? .http : .ws,
            client: request.transport == .http ? request.client : request.connection,
            action: request.action,
            method: request.method,
            resource: request.resource,
            params: request.params
        )
        open[exchange.number] = exchange
        numbers[Key(connection: request.connection, number: request.number)] = exchange.number
        current = exchange.number
    }

    func requestDispatched() { current = nil }

    func requestEnded(_ answer: ClientExchange.Answer) {
        let key = Key(connection: answer.connection, number: answer.number)
        guard let number = numbers.removeValue(forKey: key), var exchange = open.removeValue(forKey: number)
        else {
            return
        }
        exchange.status = answer.status
        exchange.error = answer.error
        exchange.bytes = answer.bytes
        complete(exchange)
    }

    func eventDelivered(resource: String, event: String, clients: Int) {
        let name = resource.prefix { $0 != "?" }
        guard !ExchangeRecorder.isSystem(name) else { return }
        let delivery = Exchange.Delivery(resource: resource, event: event, clients: clients, at: now())
        // The events of a write come before its answer; whose they are can be told while only one write is under way.
        let writes = open.values.filter { $0.writes(toServiceOf: name) }
        if writes.count == 1, let number = writes.first?.number,
            (open[number]?.deliveries.count ?? 0) < Exchange.maximumParts
        {
            open[number]?.deliveries.append(delivery)
        } else {
            var exchange = begin(.event, client: "", action: event, resource: resource)
            exchange.deliveries = [delivery]
            complete(exchange)
        }
    }

    static func isSystem(_ name: some StringProtocol) -> Bool {
        name == SystemService.root || name.hasPrefix(SystemService.root + ".")
    }
}

extension Exchange {
    /// Whether it calls a method of the service that a resource belongs to.
    fileprivate func writes(toServiceOf name: some StringProtocol) -> Bool {
        let service = name.prefix { $0 != "." }
        return parts.contains { part in
            part.end == nil && part.title.hasPrefix("call")
                && part.subject.dropFirst(5).prefix { $0 != "." } == service
        }
    }
}

// MARK: - What the gateway's bus tells

extension ExchangeRecorder: GatewayBusObserver {
    func requestPublished(_ message: Message) {
        guard let current, let reply = message.reply, let count = open[current]?.parts.count,
            count < Exchange.maximumParts
        else { return }
        awaited[reply.text] = (current, count)
        open[current]?.parts.append(
            Exchange.Part(
                title: ExchangeRecorder.title(of: message.subject.text),
                subject: message.subject.text,
                start: now()
            )
        )
    }

    func answerArrived(_ message: Message) {
        guard PreResponse(message.payload) == nil,
            let part = awaited.removeValue(forKey: message.subject.text)
        else { return }
        current = part.exchange
        open[part.exchange]?.parts[part.part].end = now()
        if message.isNoResponders {
            open[part.exchange]?.parts[part.part].error = "no responders"
        } else if message.payload.getString(at: message.payload.readerIndex, length: 8) == "{\"error\"",
            let body = try? JSONSlice(parsing: message.payload)
        {
            open[part.exchange]?.parts[part.part].error = body["error"]?["code"]?.string ?? "error"
        }
    }

    func answerHandled() { current = nil }

    /// `call set` of `call.library.books.1.set`, else the first token.
    private static func title(of subject: String) -> String {
        let kind = String(subject.prefix { $0 != "." })
        guard kind == "call" || kind == "auth", let dot = subject.lastIndex(of: ".") else { return kind }
        return "\(kind) \(subject[subject.index(after: dot)...])"
    }
}

// MARK: - What stores and clients of the broker tell

extension ExchangeRecorder {
    /// Statements have run on a store's thread.
    func statementsRan(_ traces: [StatementTrace]) {
        let targets = Set(traces.compactMap(\.reply)).compactMap { reply in awaited[reply].map { (reply, $0) }
        }
        for trace in traces {
            let row = Exchange.StatementRow(
                sql: trace.sql,
                start: trace.start,
                nanoseconds: trace.nanoseconds,
                isShared: trace.reply == nil
            )
            for (reply, target) in targets where trace.reply == nil || trace.reply == reply {
                guard var part = open[target.exchange]?.parts[target.part],
                    part.statements.count < Exchange.maximumParts
                else { continue }
                part.statements.append(row)
                open[target.exchange]?.parts[target.part] = part
            }
        }
    }

    /// A client of the broker has published a message.
    func clientPublished(_ publish: ObservedPublish) {
        let isJSON = publish.payload.readableBytes <= Exchange.maximumParams
        var exchange = begin(
            .nats,
            client: publish.publisher,
            action: publish.reply == nil ? "pub" : "req",
            resource: publish.subject,
            params: isJSON ? try? JSONSlice(parsing: publish.payload) : nil
        )
        exchange.bytes = publish.payload.readableBytes
        exchange.error = publish.isDelivered ? nil : "nobody heard it"
        complete(exchange)
    }
}
