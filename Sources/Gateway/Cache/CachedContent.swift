import RESProtocol

import struct NIOCore.ByteBuffer

/// What a cached resource holds, kept as the JSON that clients get.
///
/// It is encoded once for any number of clients, takes a fraction of the room that decoded values would, and values are
/// compared by their bytes, as the protocol has it.
struct CachedContent {
    enum Kind: Hashable {
        case model
        case collection
    }

    let kind: Kind
    /// The object or array, values in the form of protocol 1.2.1 and later.
    var json: [UInt8]
    /// The resources that follow wherever this one is sent, once for each time they are referenced.
    var references: [ResourceID]
    /// Where each element of a collection ends in `json`; empty for a model.
    var ends: [UInt32]
    /// Whether older clients may need another form: a soft reference or data value stands or stood inside.
    var hasLegacyForm: Bool

    /// The content that a service's answer gives.
    init(_ content: ResourceContent) {
        var buffer = ByteBuffer()
        switch content {
        case .model(let members):
            kind = .model
            ends = []
            references = members.compactMap { $0.value.followedReference }
            hasLegacyForm = members.contains { $0.value.hasLegacyForm }
            members.encode(into: &buffer)
        case .collection(let values):
            kind = .collection
            ends = []
            ends.reserveCapacity(values.count)
            references = values.compactMap(\.followedReference)
            hasLegacyForm = values.contains(where: \.hasLegacyForm)
            buffer.writeStaticString("[")
            for (index, value) in values.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                value.encode(into: &buffer)
                ends.append(UInt32(truncatingIfNeeded: buffer.readableBytes))
            }
            buffer.writeStaticString("]")
        }
        json = [UInt8](buffer.readableBytesView)
    }

    /// The content in the result of a get request, and its normalised query, which is empty when it has none; nil when the
    /// result is not of its form.
    static func decode(getResult result: JSONSlice) -> (CachedContent, query: String)? {
        var (model, collection, query): (JSONSlice?, JSONSlice?, JSONSlice?)
        for (name, value) in result.members {
            if name.isString("model") {
                model = value
            } else if name.isString("collection") {
                collection = value
            } else if name.isString("query") {
                query = value
            }
        }
        guard model == nil || collection == nil else { return nil }
        if let model, model.isPlainObject {
            return (CachedContent(plainModel: model), query?.string ?? "")
        }
        guard let content = ResourceContent(decoding: result) else { return nil }
        return (CachedContent(content), query?.string ?? "")
    }

    /// A model of primitives alone, which is kept as it was written.
    private init(plainModel model: JSONSlice) {
        kind = .model
        json = [UInt8](model.bytes.readableBytesView)
        references = []
        ends = []
        hasLegacyForm = false
    }

    /// The JSON as a value to look into. Copies it.
    var slice: JSONSlice { JSONSlice(unchecked: ByteBuffer(bytes: json)) }

    /// Writes the content in the form that a client of a version understands.
    func encode(legacy: Bool, into buffer: inout ByteBuffer) {
        guard legacy, hasLegacyForm else {
            buffer.writeBytes(json)
            return
        }
        switch kind {
        case .model:
            ([ModelMember](decoding: slice) ?? []).encodeLegacy(into: &buffer)
        case .collection:
            buffer.writeStaticString("[")
            for (index, element) in slice.elements.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                ResourceValue(decoding: element)?.encodeLegacy(into: &buffer)
            }
            buffer.writeStaticString("]")
        }
    }
}

extension ResourceValue {
    /// The resource that follows wherever the value is sent.
    var followedReference: ResourceID? {
        if case .reference(let id) = self { id } else { nil }
    }

    /// The bytes that the value takes in `CachedContent.json`.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        encode(into: &buffer)
        return buffer
    }
}
