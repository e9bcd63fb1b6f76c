import RESProtocol

import struct NIOCore.ByteBuffer

/// One line of a recording: what a service answered to a request, an event, or what a client asked for. Times are
/// milliseconds since the recording began.
enum RecordedLine: Equatable, Sendable {
    case exchange(RecordedExchange)
    case event(RecordedEvent)
    case request(RecordedRequest)
    /// So many requests were under way at a time that the answers to some are not recorded.
    case lost(Int, at: Double)

    /// The first line: `{"recording":"resdev","version":1}`.
    static let head = JSONSlice.object([("recording", "resdev"), ("version", JSONSlice(integer: version))])
    /// The version of the format; a reader refuses later ones.
    static let version = 1

    /// Reads `{"at":…,"event":…,"data":…}`, `{"at":…,"asked":…,"request":…,…}`, `{"at":…,"asked":…,"client":…,…}` or
    /// `{"at":…,"lost":…}`; nil when it is none of them.
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
        } else if let request = RecordedRequest(decoding: line, at: at) {
            self = .request(request)
        } else if let lost = line["lost"]?.double, 0...1e15 ~= lost {
            self = .lost(Int(lost), at: at)
        } else {
            return nil
        }
    }

    /// The line as JSON.
    var json: JSONSlice {
        switch self {
        case .event(let event):
            var members = [("at", RecordedLine.time(event.at)), ("event", JSONSlice(string: event.subject))]
            if let data = event.data { members.append(("data", data)) }
            return .object(members)
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
            return .object(members)
        case .request(let request):
            return .object([("at", RecordedLine.time(request.ended))] + request.members)
        case .lost(let count, let at):
            return .object([("at", RecordedLine.time(at)), ("lost", JSONSlice(integer: count))])
        }
    }

    /// The line, without its end.
    var text: String { json.text }

    /// Milliseconds, to the microsecond.
    static func time(_ milliseconds: Double) -> JSONSlice {
        JSONSlice(unchecked: .init(string: "\((milliseconds * 1000).rounded() / 1000)"))
    }
}

/// A request on the bus, and its answer.
struct RecordedExchange: Equatable, Sendable {
    /// What makes two requests the same. Who asks is no part of it, and is not recorded: neither connection nor token,
    /// and no parameters by which people log in, so that any are answered alike.
    struct Key: Hashable, Sendable {
        /// As `get.library.books`.
        let subject: String
        let query: String
        /// JSON; `null` without parameters.
        let params: String

        init(subject: String, query: String = "", params: String = "null") {
            self.subject = subject
            self.query = query
            self.params = params
        }

        /// The key of a request as the gateway sends it.
        init(of message: Message) {
            let payload = try? JSONSlice(parsing: message.payload)
            subject = message.subject.text
            query = payload?["query"]?.string ?? ""
            params = Key.isSecret(subject) ? "null" : payload?["params"]?.text ?? "null"
        }

        /// Whether parameters of a subject or a resource may hold a password.
        static func isSecret(_ name: String) -> Bool {
            name.hasPrefix("auth.") || name.split(separator: ".").contains("$auth")
        }
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
