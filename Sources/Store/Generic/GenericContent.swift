import RESProtocol

import struct NIOCore.ByteBuffer

/// What a resource without a schema holds: a model or a collection of RES values.
enum GenericContent: Hashable, Sendable {
    case model([ModelMember])
    case collection([ResourceValue])

    /// Reads an object or array; members and elements that are no RES values become data values.
    ///
    /// - Throws: `system.invalidParams` for any other value, and for what looks like a RES value and is none.
    init(_ json: JSONSlice) throws(RESError) {
        switch json.kind {
        case .object: self = .model(try GenericContent.members(json, mayDelete: false))
        case .array:
            var values: [ResourceValue] = []
            for element in json.elements { values.append(try GenericContent.value(element)) }
            self = .collection(values)
        default:
            throw .invalidParams.saying("A model is an object and a collection an array, and this is neither")
        }
    }

    /// Reads what was stored; nil when it is not of this form.
    init?(stored json: JSONSlice) {
        do throws(RESError) { try self.init(json) } catch { return nil }
    }

    /// The properties in an object, of which none comes twice.
    ///
    /// - Parameter mayDelete: whether a property may be one that is taken away.
    static func members(_ object: JSONSlice, mayDelete: Bool) throws(RESError) -> [ModelMember] {
        var members: [ModelMember] = []
        var positions: [String: Int] = [:]
        for (name, slice) in object.members {
            let name = name.string ?? ""
            let isDeletion = mayDelete && slice["action"]?.isString("delete") == true
            let value = isDeletion ? ResourceValue.delete : try value(slice)
            if let position = positions[name] {
                members[position].value = value
            } else {
                positions[name] = members.count
                members.append(ModelMember(name, value))
            }
        }
        return members
    }

    /// A value as RES defines it: a primitive, a reference, or data; any other object or array is data.
    static func value(_ json: JSONSlice) throws(RESError) -> ResourceValue {
        guard json.kind == .object || json.kind == .array else { return .primitive(json.detached) }
        if let rid = json["rid"], rid.kind == .string {
            guard let value = ResourceValue(decoding: json) else {
                throw .invalidParams.saying("\(rid.text.prefix(80)) is no resource id")
            }
            return value
        }
        if let data = json["data"], Array(json.members).count == 1 {
            let isComposite = data.kind == .object || data.kind == .array
            return isComposite ? .data(data.detached) : .primitive(data.detached)
        }
        return .data(json.detached)
    }

    /// The object or array.
    var json: ByteBuffer {
        var buffer = ByteBuffer()
        switch self {
        case .model(let members): members.encode(into: &buffer)
        case .collection(let values): buffer.writeList(values) { $1.encode(into: &$0) }
        }
        return buffer
    }

    /// The events that turn this content into other of the same kind; nil where the kind is another.
    func events(to new: GenericContent) -> [ResourceEvent]? {
        switch (self, new) {
        case (.model, .model):
            guard let values = ModelDifference.object(from: json, to: new.json),
                let members = [ModelMember](decoding: values)
            else { return [] }
            return [.change(members)]
        case (.collection(let old), .collection(let new)):
            return WindowDifference.events(from: old, to: new) { $0 }
        case (.model, .collection), (.collection, .model): return nil
        }
    }
}
