package import struct NIOCore.ByteBuffer

/// What a service tells of one resource on `event.<resource name>.<event>` (RES service protocol, "Events").
package enum ResourceEvent: Hashable, Sendable {
    /// Properties of a model have new values, or are gone.
    case change([ModelMember])
    /// A collection has a new element at an index.
    case add(ResourceValue, index: Int)
    /// The element at an index of a collection is gone.
    case remove(index: Int)
    /// The resource came to be.
    case create
    /// The resource is gone.
    case delete
    /// What clients may do with the resource has changed.
    case reaccess
    /// Query resources of this name may have changed: ask on `subject` (RES service protocol, "Query event").
    case query(QueryEvent)
    /// Any other event: passed on to clients with the payload it came with.
    case custom(name: String, payload: JSONSlice?)

    /// Reads the payload of an event; nil when it is not of the form that the protocol gives the event.
    ///
    /// - Parameter payload: nil for an empty payload.
    package init?(name: String, payload: JSONSlice?) {
        switch name {
        case "change": self.init(decodingChange: payload)
        case "add":
            guard let payload, let index = ResourceEvent.index(in: payload),
                let value = payload["value"].flatMap({ ResourceValue(decoding: $0) }), value != .delete
            else { return nil }
            self = .add(value, index: index)
        case "remove":
            guard let payload, let index = ResourceEvent.index(in: payload) else { return nil }
            self = .remove(index: index)
        case "create": self = .create
        case "delete": self = .delete
        case "reaccess": self = .reaccess
        case "query":
            guard let event = payload.flatMap({ QueryEvent(decoding: $0) }) else { return nil }
            self = .query(event)
        default: self = .custom(name: name, payload: payload)
        }
    }

    /// The index in an event's payload; 0 where it is left out, nil where it is no whole number from 0 on.
    private static func index(in payload: JSONSlice) -> Int? {
        guard payload.kind == .object else { return nil }
        guard let member = payload["idx"] else { return 0 }
        return member.integer.flatMap { $0 >= 0 ? Int(exactly: $0) : nil }
    }

    /// Reads `{"values": {…}}`.
    private init?(decodingChange payload: JSONSlice?) {
        guard let values = payload?["values"], values.kind == .object,
            let members = [ModelMember](decoding: values)
        else { return nil }
        self = .change(members)
    }

    /// The event's name: the last token of its subject.
    package var name: String {
        switch self {
        case .change: "change"
        case .add: "add"
        case .remove: "remove"
        case .create: "create"
        case .delete: "delete"
        case .reaccess: "reaccess"
        case .query: "query"
        case .custom(let name, _): name
        }
    }

    /// Writes the event's payload; nothing for an event without one.
    package func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .change(let members):
            buffer.writeStaticString("{\"values\":")
            members.encode(into: &buffer)
            buffer.writeStaticString("}")
        case .add(let value, let index):
            buffer.writeStaticString("{\"value\":")
            value.encode(into: &buffer)
            buffer.writeStaticString(",\"idx\":")
            buffer.writeJSON(index)
            buffer.writeStaticString("}")
        case .remove(let index):
            buffer.writeStaticString("{\"idx\":")
            buffer.writeJSON(index)
            buffer.writeStaticString("}")
        case .query(let event): event.encode(into: &buffer)
        case .custom(_, let payload?): buffer.writeJSON(payload)
        case .create, .delete, .reaccess, .custom(_, nil): break
        }
    }
}

/// The payload of a query event, with the ready answers that our store puts inside.
package struct QueryEvent: Hashable, Sendable {
    /// Where a gateway asks, once for each normalised query that it holds; empty when nothing is to be asked.
    package var subject: String
    /// Ready events for each affected normalised query; a query that is not named is unaffected. Nil when the service
    /// gives none: every query has to be asked for.
    package var answers: [Answer]?

    /// The events of one normalised query.
    package struct Answer: Hashable, Sendable {
        package var query: String
        package var events: [ResourceEvent]

        package init(query: String, events: [ResourceEvent]) {
            self.query = query
            self.events = events
        }
    }

    package init(subject: String, answers: [Answer]? = nil) {
        self.subject = subject
        self.answers = answers
    }

    /// Reads `{"subject": …, "queries": {"<normalised>": {"events": […]}}}`; nil without a subject or answers.
    ///
    /// Answers that are not of this form are taken as absent, so that the gateway asks.
    package init?(decoding payload: JSONSlice) {
        guard let subject = payload["subject"]?.string, Subject(subject) != nil else { return nil }
        self.subject = subject
        guard let queries = payload["queries"], queries.kind == .object else { return }
        var answers: [Answer] = []
        for (name, answer) in queries.members {
            guard let query = name.string, let list = answer["events"],
                let events = [ResourceEvent](decodingQueryEvents: list)
            else { return }
            answers.append(Answer(query: query, events: events))
        }
        self.answers = answers
    }

    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"subject\":")
        buffer.writeJSON(subject)
        if let answers {
            buffer.writeStaticString(",\"queries\":{")
            for (index, answer) in answers.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                buffer.writeJSON(answer.query)
                buffer.writeStaticString(":{\"events\":")
                answer.events.encodeQueryEvents(into: &buffer)
                buffer.writeStaticString("}")
            }
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString("}")
    }
}

extension [ResourceEvent] {
    /// Reads the `events` of an answer to a query request: `[{"event": …, "data": …}]` (RES service protocol, "Query request").
    package init?(decodingQueryEvents list: JSONSlice) {
        guard list.kind == .array else { return nil }
        self = []
        for element in list.elements {
            guard let name = element["event"]?.string,
                let event = ResourceEvent(name: name, payload: element["data"])
            else { return nil }
            append(event)
        }
    }

    /// Writes the list that `init(decodingQueryEvents:)` reads.
    package func encodeQueryEvents(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("[")
        for (index, event) in enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeStaticString("{\"event\":")
            buffer.writeJSON(event.name)
            var payload = ByteBuffer()
            event.encode(into: &payload)
            if payload.readableBytes > 0 {
                buffer.writeStaticString(",\"data\":")
                buffer.writeImmutableBuffer(payload)
            }
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString("]")
    }
}
