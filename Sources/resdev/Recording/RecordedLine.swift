import RESProtocol

import struct NIOCore.ByteBuffer

/// One line of a recording: what a service answered to a request, or an event. Times are milliseconds since the
/// recording began.
enum RecordedLine: Equatable, Sendable {
    case exchange(RecordedExchange)
    case event(RecordedEvent)

    /// Reads `{"at":…,"event":…,"data":…}` or `{"at":…,"asked":…,"request":…,…}`; nil when it is neither.
    init?(decoding line: JSONSlice) {
        guard let at = line["at"]?.double else { return nil }
        if let subject = line["event"]?.string {
            self = .event(RecordedEvent(at: at, subject: subject, data: line["data"]?.detached))
        } else if let subject = line["request"]?.string {
            self = .exchange(
                RecordedExchange(
                    asked: line["asked"]?.double ?? at,
                    answered: at,
                    key: RecordedExchange.Key(
                        subject: subject,
                        query: line["query"]?.string ?? "",
                        params: line["params"]?.text ?? "null"
                    ),
                    answer: line["answer"].flatMap { $0.isNull ? nil : $0.detached }
                )
            )
        } else {
            return nil
        }
    }

    /// The line, without its end.
    var text: String {
        switch self {
        case .event(let event):
            var members = [("at", RecordedLine.time(event.at)), ("event", JSONSlice(string: event.subject))]
            if let data = event.data { members.append(("data", data)) }
            return JSONSlice.object(members).text
        case .exchange(let exchange):
            var members = [
                ("at", RecordedLine.time(exchange.answered)), ("asked", RecordedLine.time(exchange.asked)),
                ("request", JSONSlice(string: exchange.key.subject)),
            ]
            if !exchange.key.query.isEmpty {
                members.append(("query", JSONSlice(string: exchange.key.query)))
            }
            if exchange.key.params != "null" {
                members.append(("params", JSONSlice(unchecked: .init(string: exchange.key.params))))
            }
            members.append(("answer", exchange.answer ?? .null))
            return JSONSlice.object(members).text
        }
    }

    private static func time(_ milliseconds: Double) -> JSONSlice {
        JSONSlice(unchecked: .init(string: "\((milliseconds * 10).rounded() / 10)"))
    }
}

/// A request on the bus, and its answer.
struct RecordedExchange: Equatable, Sendable {
    /// What makes two requests the same. Who asks is no part of it, and is not recorded: neither connection nor token.
    struct Key: Hashable, Sendable {
        /// As `get.library.books`.
        let subject: String
        let query: String
        /// JSON; `null` without parameters.
        let params: String
    }

    let asked: Double
    let answered: Double
    let key: Key
    /// The payload of the answer; nil when nobody answers on the subject.
    let answer: JSONSlice?
}

/// An event that a service sent.
struct RecordedEvent: Equatable, Sendable {
    let at: Double
    /// As `event.library.books.42.change` or `system.reset`.
    let subject: String
    let data: JSONSlice?
}
