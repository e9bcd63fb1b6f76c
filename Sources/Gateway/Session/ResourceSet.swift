import RESProtocol

import struct NIOCore.ByteBuffer

/// Resources that a client does not have yet, and gets with a response or an event
/// (RES client protocol, "Resource set").
struct ResourceSet {
    /// Subscriptions that are `loaded` or `failed`.
    var subscriptions: [Subscription] = []
    var legacy = false

    var isEmpty: Bool { subscriptions.isEmpty }

    /// Writes the members `models`, `collections` and `errors`, those that are not empty, without braces around them.
    func writeMembers(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: expectedSize)
        var isFirst = true
        writeGroup("\"models\":{", isFirst: &isFirst, into: &buffer) { $0.snapshot?.content.kind == .model }
        writeGroup("\"collections\":{", isFirst: &isFirst, into: &buffer) {
            $0.snapshot?.content.kind == .collection
        }
        writeGroup("\"errors\":{", isFirst: &isFirst, into: &buffer) { $0.state == .failed }
    }

    private var expectedSize: Int {
        subscriptions.reduce(0) { $0 + $1.rid.utf8.count + 4 + ($1.snapshot?.content.json.count ?? 64) }
    }

    private func writeGroup(
        _ opening: StaticString,
        isFirst: inout Bool,
        into buffer: inout ByteBuffer,
        _ belongs: (Subscription) -> Bool
    ) {
        var isOpen = false
        for subscription in subscriptions where belongs(subscription) {
            if isOpen {
                buffer.writeStaticString(",")
            } else {
                if !isFirst { buffer.writeStaticString(",") }
                buffer.writeStaticString(opening)
                isOpen = true
                isFirst = false
            }
            buffer.writeJSON(subscription.rid)
            buffer.writeStaticString(":")
            if let snapshot = subscription.snapshot {
                snapshot.content.encode(legacy: legacy, into: &buffer)
            } else {
                (subscription.work?.error ?? .internalError).encode(into: &buffer)
            }
        }
        if isOpen { buffer.writeStaticString("}") }
    }
}
