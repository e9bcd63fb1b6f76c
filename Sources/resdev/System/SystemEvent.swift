import RESProtocol

import struct NIOCore.ByteBuffer

/// An event of a resource below `$sys`, with its payload as services send it.
struct SystemEvent: Equatable {
    let resource: String
    let name: String
    let payload: ByteBuffer

    init(_ name: String, of resource: String, _ payload: ByteBuffer = ByteBuffer()) {
        self.resource = resource
        self.name = name
        self.payload = payload
    }

    /// Values of a model that are different now.
    static func change(_ values: JSONObject, of resource: String) -> SystemEvent {
        var payload = ByteBuffer(string: "{\"values\":")
        payload.writeJSON(values.slice)
        payload.writeString("}")
        return SystemEvent("change", of: resource, payload)
    }

    var subject: Subject { Subject(unchecked: "event.\(resource).\(name)") }
}
