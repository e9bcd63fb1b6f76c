import RESProtocol

import struct NIOCore.ByteBuffer

/// What the store is about to send, in the order in which it has to leave.
struct Outbox {
    private(set) var outputs: [StoreOutput] = []

    /// Whether nothing waits to be sent.
    var isEmpty: Bool { outputs.isEmpty }

    /// Takes everything.
    mutating func take() -> [StoreOutput] {
        defer { outputs = [] }
        return outputs
    }

    /// Answers a request; a message without a reply subject gets no answer.
    mutating func reply(to subject: Subject?, _ payload: ByteBuffer) {
        guard let subject else { return }
        outputs.append(StoreOutput(kind: .reply, subject: subject, payload: payload))
    }

    /// Answers a request.
    mutating func reply(to subject: Subject?, _ response: ServiceResponse) {
        guard subject != nil else { return }
        var payload = ByteBuffer()
        response.encode(into: &payload)
        reply(to: subject, payload)
    }

    /// Answers a request with an error.
    mutating func reply(to subject: Subject?, _ error: RESError) {
        reply(to: subject, ServiceResponse(.error(error)))
    }

    /// Publishes an event of a resource.
    mutating func event(_ name: String, of resource: String, _ payload: ByteBuffer = ByteBuffer()) {
        outputs.append(
            StoreOutput(
                kind: .event(resource: resource),
                subject: Subject(unchecked: "event.\(resource).\(name)"),
                payload: payload
            )
        )
    }

    /// Publishes an event that is no resource's, as those of connections.
    mutating func event(to subject: Subject, _ payload: ByteBuffer) {
        outputs.append(StoreOutput(kind: .event(resource: "system"), subject: subject, payload: payload))
    }

    /// Publishes a query event.
    mutating func queryEvent(_ event: QueryEvent, of resource: String) {
        var payload = ByteBuffer()
        ResourceEvent.query(event).encode(into: &payload)
        self.event("query", of: resource, payload)
    }

    /// Tells gateways that resources may be other than what they were told.
    mutating func reset(resources: [String], access: [String] = []) {
        guard !resources.isEmpty || !access.isEmpty else { return }
        outputs.append(
            StoreOutput(
                kind: .event(resource: "system"),
                subject: "system.reset",
                payload: Outbox.reset(resources: resources, access: access)
            )
        )
    }

    /// The payload of a system reset event.
    static func reset(resources: [String], access: [String]) -> ByteBuffer {
        var payload = ByteBuffer()
        payload.writeStaticString("{\"resources\":")
        payload.writeJSON(names: resources)
        if !access.isEmpty {
            payload.writeStaticString(",\"access\":")
            payload.writeJSON(names: access)
        }
        payload.writeStaticString("}")
        return payload
    }
}

extension ByteBuffer {
    /// Writes an array of strings.
    mutating func writeJSON(names: [String]) {
        writeStaticString("[")
        for (index, name) in names.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSON(name)
        }
        writeStaticString("]")
    }
}
