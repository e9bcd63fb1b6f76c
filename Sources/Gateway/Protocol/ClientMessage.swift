import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// The messages that a gateway sends to a client (RES client protocol, "Requests" and "Events").
enum ClientMessage {
    /// `{"result":…,"id":…}`.
    static func result(id: UInt64, _ write: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var message = SharedFrame.makeBuffer()
        message.writeStaticString("{\"result\":")
        write(&message)
        writeID(id, after: ",\"id\":", into: &message)
        return message
    }

    /// `{"id":…}`, which answers an unsubscribe request.
    static func done(id: UInt64) -> ByteBuffer {
        var message = SharedFrame.makeBuffer()
        writeID(id, after: "{\"id\":", into: &message)
        return message
    }

    /// `{"error":…,"id":…}`.
    static func error(id: UInt64, _ error: RESError) -> ByteBuffer {
        var message = SharedFrame.makeBuffer()
        message.writeStaticString("{\"error\":")
        error.encode(into: &message)
        writeID(id, after: ",\"id\":", into: &message)
        return message
    }

    /// `{"event":"<rid>.<name>","data":…}`.
    static func event(rid: String, name: String, _ writeData: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var message = SharedFrame.makeBuffer()
        message.writeStaticString("{\"event\":")
        message.writeJSON(rid + "." + name)
        message.writeStaticString(",\"data\":")
        writeData(&message)
        message.writeStaticString("}")
        return message
    }

    /// The event that ends direct subscriptions, and says why.
    static func unsubscribed(rid: String, reason: RESError) -> ByteBuffer {
        event(rid: rid, name: "unsubscribe") { message in
            message.writeStaticString("{\"reason\":")
            reason.encode(into: &message)
            message.writeStaticString("}")
        }
    }

    private static func writeID(_ id: UInt64, after name: StaticString, into message: inout ByteBuffer) {
        message.writeStaticString(name)
        message.writeJSON(id)
        message.writeStaticString("}")
    }
}
