import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// An event as it reaches the clients: what it really changed, encoded once for all of them.
final class AppliedEvent {
    /// The event; a change holds the properties that really changed.
    let event: ResourceEvent
    /// The references that came and went by it.
    let references: ReferenceChange

    /// The last frame made for clients of protocol 1.2.1 and later, and for older ones. Most subscribers of a resource
    /// know it by the same id.
    private var frame: (rid: String, frame: SharedFrame)?
    private var legacyFrame: (rid: String, frame: SharedFrame)?

    init(_ event: ResourceEvent, references: ReferenceChange = ReferenceChange()) {
        self.event = event
        self.references = references
    }

    /// Whether the event ends the resource.
    var isDeletion: Bool { event == .delete }

    /// The message to a client that knows the resource by `rid`.
    func frame(rid: String, legacy: Bool) -> SharedFrame {
        let legacy = legacy && hasLegacyForm
        if let known = legacy ? legacyFrame : frame, known.rid == rid { return known.frame }
        let message = ClientMessage.event(rid: rid, name: event.name) { buffer in
            writeData(legacy: legacy, into: &buffer)
        }
        let made = SharedFrame(text: message)
        if legacy { legacyFrame = (rid, made) } else { frame = (rid, made) }
        return made
    }

    /// The message with the resources that it brings along.
    func message(rid: String, legacy: Bool, bringing resources: ResourceSet) -> ByteBuffer {
        ClientMessage.event(rid: rid, name: event.name) { buffer in
            writeData(legacy: legacy, into: &buffer)
            // A set comes only with references, so the data is an object and not empty.
            buffer.moveWriterIndex(to: buffer.writerIndex - 1)
            buffer.writeStaticString(",")
            resources.writeMembers(into: &buffer)
            buffer.writeStaticString("}")
        }
    }

    private var hasLegacyForm: Bool {
        switch event {
        case .change(let members): members.contains { $0.value.hasLegacyForm }
        case .add(let value, _): value.hasLegacyForm
        default: false
        }
    }

    private func writeData(legacy: Bool, into buffer: inout ByteBuffer) {
        switch event {
        case .change(let members):
            buffer.writeStaticString("{\"values\":")
            if legacy { members.encodeLegacy(into: &buffer) } else { members.encode(into: &buffer) }
            buffer.writeStaticString("}")
        case .add(let value, let index):
            buffer.writeStaticString("{\"idx\":")
            buffer.writeJSON(index)
            buffer.writeStaticString(",\"value\":")
            if legacy { value.encodeLegacy(into: &buffer) } else { value.encode(into: &buffer) }
            buffer.writeStaticString("}")
        case .remove(let index):
            buffer.writeStaticString("{\"idx\":")
            buffer.writeJSON(index)
            buffer.writeStaticString("}")
        case .custom(_, let payload?): buffer.writeJSON(payload)
        case .custom(_, nil), .create, .delete, .reaccess, .query: buffer.writeStaticString("null")
        }
    }
}
