import RESProtocol

import struct NIOCore.ByteBuffer

/// Resources that a client does not have yet, and gets with a response or an event
/// (RES client protocol, "Resource set").
struct ResourceSet {
    enum Kind {
        case model, collection, error
    }

    struct Item {
        /// It is `loaded` or `failed`.
        let subscription: Subscription
        let kind: Kind
    }

    private(set) var items: [Item] = []
    private var modelCount = 0
    private var collectionCount = 0
    /// About how many bytes the set takes.
    private var size = 0
    /// Whether the client needs the form of values that older protocols have.
    private let legacy: Bool

    /// What an error takes, about, and what stands around each resource.
    private static let errorSize = 64
    private static let frameSize = 4

    init(legacy: Bool = false) {
        self.legacy = legacy
    }

    var isEmpty: Bool { items.isEmpty }

    /// Adds a subscription that is `loaded` or `failed`.
    mutating func append(_ subscription: Subscription) {
        size += subscription.rid.utf8.count + ResourceSet.frameSize
        guard let snapshot = subscription.snapshot else {
            items.append(Item(subscription: subscription, kind: .error))
            size += ResourceSet.errorSize
            return
        }
        size += snapshot.content.json.count
        switch snapshot.content.kind {
        case .model:
            modelCount += 1
            items.append(Item(subscription: subscription, kind: .model))
        case .collection:
            collectionCount += 1
            items.append(Item(subscription: subscription, kind: .collection))
        }
    }

    /// Writes the members `models`, `collections` and `errors`, those that are not empty, without braces around them.
    func writeMembers(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: size + 48)
        var isFirst = true
        if modelCount > 0 { write(.model, "\"models\":{", isFirst: &isFirst, into: &buffer) }
        if collectionCount > 0 { write(.collection, "\"collections\":{", isFirst: &isFirst, into: &buffer) }
        if modelCount + collectionCount < items.count {
            write(.error, "\"errors\":{", isFirst: &isFirst, into: &buffer)
        }
    }

    private func write(
        _ kind: Kind,
        _ opening: StaticString,
        isFirst: inout Bool,
        into buffer: inout ByteBuffer
    ) {
        if !isFirst { buffer.writeStaticString(",") }
        isFirst = false
        buffer.writeStaticString(opening)
        var isOpen = false
        for item in items where item.kind == kind {
            if isOpen { buffer.writeStaticString(",") }
            isOpen = true
            buffer.writeJSON(item.subscription.rid)
            buffer.writeStaticString(":")
            if let snapshot = item.subscription.snapshot {
                snapshot.content.encode(legacy: legacy, into: &buffer)
            } else {
                (item.subscription.work?.error ?? .internalError).encode(into: &buffer)
            }
        }
        buffer.writeStaticString("}")
    }
}
