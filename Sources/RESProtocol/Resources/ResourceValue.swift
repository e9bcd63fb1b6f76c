package import struct NIOCore.ByteBuffer

/// What a model's property or a collection's element holds (RES protocol, "Values").
package enum ResourceValue: Hashable, Sendable {
    /// A string, number, boolean or null, as it was written.
    case primitive(JSONSlice)
    /// `{"rid": …}`: the resource follows wherever this value is sent.
    case reference(ResourceID)
    /// `{"rid": …, "soft": true}`: a link, which is not followed.
    case softReference(ResourceID)
    /// `{"data": …}`: any JSON, replaced as a whole; this is what stands inside.
    case data(JSONSlice)
    /// `{"action": "delete"}`: in a change, the property is removed.
    case delete

    /// Reads a value as a service writes it; nil when it is an array, or an object of none of the forms.
    ///
    /// Primitive `data` is the primitive itself, so `{"data": 5}` equals `5`.
    package init?(decoding slice: JSONSlice) {
        switch slice.kind {
        case .array: return nil
        case .object: self.init(decodingObject: slice)
        default: self = .primitive(slice)
        }
    }

    private init?(decodingObject object: JSONSlice) {
        if let rid = object["rid"] {
            guard let id = rid.string.flatMap({ ResourceID($0) }) else { return nil }
            self = object["soft"]?.bool == true ? .softReference(id) : .reference(id)
        } else if let action = object["action"] {
            guard action.isString("delete") else { return nil }
            self = .delete
        } else if let data = object["data"] {
            self = data.kind == .object || data.kind == .array ? .data(data) : .primitive(data)
        } else {
            return nil
        }
    }

    /// Writes the value in the form of protocol 1.2.1 and later.
    package func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .primitive(let value): buffer.writeJSON(value)
        case .reference(let id):
            buffer.writeStaticString("{\"rid\":")
            buffer.writeJSON(id.text)
            buffer.writeStaticString("}")
        case .softReference(let id):
            buffer.writeStaticString("{\"rid\":")
            buffer.writeJSON(id.text)
            buffer.writeStaticString(",\"soft\":true}")
        case .data(let value):
            buffer.writeStaticString("{\"data\":")
            buffer.writeJSON(value)
            buffer.writeStaticString("}")
        case .delete: buffer.writeStaticString("{\"action\":\"delete\"}")
        }
    }
}

/// One property of a model, or of a change to it.
package struct ModelMember: Hashable, Sendable {
    package var name: String
    package var value: ResourceValue

    package init(_ name: String, _ value: ResourceValue) {
        self.name = name
        self.value = value
    }
}

/// What a resource holds, as a service's answer gives it (RES protocol, "Models" and "Collections").
package enum ResourceContent: Hashable, Sendable {
    /// Properties in the order of the service; names are unique.
    case model([ModelMember])
    /// Elements in order.
    case collection([ResourceValue])

    /// Reads `{"model": …}` or `{"collection": …}`; nil when there is neither or a value is not of a valid form.
    package init?(decoding result: JSONSlice) {
        if let model = result["model"], model.kind == .object {
            guard let members = [ModelMember](decoding: model),
                !members.contains(where: { $0.value == .delete })
            else { return nil }
            self = .model(members)
        } else if let collection = result["collection"], collection.kind == .array {
            var values: [ResourceValue] = []
            for element in collection.elements {
                guard let value = ResourceValue(decoding: element), value != .delete else { return nil }
                values.append(value)
            }
            self = .collection(values)
        } else {
            return nil
        }
    }

    /// Writes the member `"model": …` or `"collection": …`, without braces around it.
    package func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .model(let members):
            buffer.writeStaticString("\"model\":")
            members.encode(into: &buffer)
        case .collection(let values):
            buffer.writeStaticString("\"collection\":[")
            for (index, value) in values.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                value.encode(into: &buffer)
            }
            buffer.writeStaticString("]")
        }
    }
}

extension [ModelMember] {
    /// Reads an object of properties; nil when a value is not of a valid form. Of a repeated name the last value counts.
    package init?(decoding object: JSONSlice) {
        self = []
        var positions: [String: Int] = [:]
        for (name, slice) in object.members {
            guard let name = name.string, let value = ResourceValue(decoding: slice) else { return nil }
            if let position = positions[name] {
                self[position].value = value
            } else {
                positions[name] = count
                append(ModelMember(name, value))
            }
        }
    }

    /// Writes the object of properties.
    package func encode(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for (index, member) in enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(member.name)
            buffer.writeStaticString(":")
            member.value.encode(into: &buffer)
        }
        buffer.writeStaticString("}")
    }
}
