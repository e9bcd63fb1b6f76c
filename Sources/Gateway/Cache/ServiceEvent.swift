import RESProtocol

import struct NIOCore.ByteBuffer

extension ResourceEvent {
    /// Reads an event as services in the field send it, which includes the change event of protocol 1.0: an object of
    /// properties without `values` around it.
    ///
    /// Nil when the payload is not of the form that the protocol gives the event, and for a name that the protocol
    /// reserves (RES service protocol, "Custom event").
    init?(fromService name: String, payload: JSONSlice?) {
        switch name {
        case "change":
            guard let payload, payload.kind == .object else { return nil }
            let values = ResourceEvent.isLegacyChange(payload) ? payload : payload["values"] ?? payload
            guard let members = [ModelMember](decoding: values) else { return nil }
            self = .change(members)
        case "create": self = .custom(name: name, payload: payload)
        // Names that services must not use: a client would take them for the gateway's own.
        case "patch", "reset", "unsubscribe": return nil
        default: self.init(name: name, payload: payload)
        }
    }

    /// Whether the event tells of a change to what the resource holds.
    var isModification: Bool {
        switch self {
        case .change, .add, .remove, .delete: true
        case .create, .reaccess, .query, .custom: false
        }
    }

    /// The payload of a message: nil when it is empty.
    ///
    /// - Throws: what is wrong with it.
    static func payload(of message: ByteBuffer) throws(JSONError) -> JSONSlice? {
        message.readableBytes == 0 ? nil : try JSONSlice(parsing: message)
    }

    private static func isLegacyChange(_ payload: JSONSlice) -> Bool {
        var members = payload.members
        guard let first = members.next(), members.next() == nil else { return true }
        return !first.name.isString("values") || first.value.kind != .object
    }
}
