package import struct NIOCore.ByteBuffer

/// A service's answer to a request (RES service protocol, "Response").
package struct ServiceResponse: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        /// What the request asked for, as it was written.
        case result(JSONSlice)
        /// A call or auth that answers with a resource.
        case resource(ResourceID)
        case error(RESError)
    }

    package var outcome: Outcome
    /// How the answer is to be given over HTTP, where the service says so.
    package var meta: Meta?

    /// Status and header fields of an answer over HTTP (RES service protocol, "Meta object").
    package struct Meta: Hashable, Sendable {
        /// The HTTP status.
        package var status: Int?
        /// Header fields as the service wrote their names; values in order.
        package var header: [Field]

        package struct Field: Hashable, Sendable {
            package var name: String
            package var values: [String]

            package init(name: String, values: [String]) {
                self.name = name
                self.values = values
            }
        }

        package init(status: Int? = nil, header: [Field] = []) {
            self.status = status
            self.header = header
        }
    }

    package init(_ outcome: Outcome, meta: Meta? = nil) {
        self.outcome = outcome
        self.meta = meta
    }

    /// Reads an answer; nil when it is not JSON or has none of `error`, `resource` and `result`, of which the first
    /// present counts, and when that is not of its form.
    package init?(decoding payload: ByteBuffer) {
        guard let body = try? JSONSlice(parsing: payload), body.kind == .object else { return nil }
        // One walk, since a result may be long.
        var (result, resource, error): (JSONSlice?, JSONSlice?, JSONSlice?)
        for (name, value) in body.members {
            if name.isString("result") {
                result = value
            } else if name.isString("resource") {
                resource = value
            } else if name.isString("error") {
                error = value
            } else if name.isString("meta") {
                meta = Meta(decoding: value)
            }
        }
        if let error, !error.isNull {
            guard let error = RESError(decoding: error) else { return nil }
            outcome = .error(error)
        } else if let resource, !resource.isNull {
            guard let id = resource["rid"]?.string.flatMap({ ResourceID($0) }) else { return nil }
            outcome = .resource(id)
        } else if let result {
            outcome = .result(result)
        } else {
            return nil
        }
    }

    /// Writes the answer; `meta` is written where a status or a field is set.
    package func encode(into buffer: inout ByteBuffer) {
        switch outcome {
        case .result(let result):
            buffer.writeStaticString("{\"result\":")
            buffer.writeJSON(result)
        case .resource(let id):
            buffer.writeStaticString("{\"resource\":{\"rid\":")
            buffer.writeJSON(id.text)
            buffer.writeStaticString("}")
        case .error(let error):
            buffer.writeStaticString("{\"error\":")
            error.encode(into: &buffer)
        }
        meta?.encode(into: &buffer)
        buffer.writeStaticString("}")
    }
}

extension ServiceResponse.Meta {
    fileprivate init?(decoding object: JSONSlice) {
        guard object.kind == .object else { return nil }
        self.init(status: object["status"]?.integer.flatMap { Int(exactly: $0) })
        for (name, list) in object["header"]?.members ?? JSONSlice.emptyObject.members {
            guard let name = name.string else { continue }
            header.append(Field(name: name, values: list.elements.compactMap(\.string)))
        }
    }

    fileprivate func encode(into buffer: inout ByteBuffer) {
        guard status != nil || !header.isEmpty else { return }
        buffer.writeStaticString(",\"meta\":{")
        if let status {
            buffer.writeStaticString("\"status\":")
            buffer.writeJSON(status)
            if !header.isEmpty { buffer.writeStaticString(",") }
        }
        if !header.isEmpty {
            buffer.writeStaticString("\"header\":")
            buffer.writeHeader(header.lazy.map { (name: $0.name, values: $0.values) })
        }
        buffer.writeStaticString("}")
    }
}
