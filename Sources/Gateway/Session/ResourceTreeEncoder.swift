import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// Writes a resource with all that it references as one JSON text, as HTTP clients get it.
///
/// In the encoding `json` a referenced resource is `{"href":…,"model":…}`, in `jsonflat` it is its content alone. Soft
/// references, and references that lead back to where they stand, are `{"href":…}`; data values stand for themselves.
package struct ResourceTreeEncoder {
    /// Whether referenced resources are written as their content alone.
    let isFlat: Bool
    /// Bytes that a text may have. A graph in which many ways lead to one resource is written once for each.
    let maximumSize: Int
    /// The path of a resource.
    let path: (_ rid: String) -> String

    /// - Parameter path: gives the path of a resource id.
    package init(isFlat: Bool, maximumSize: Int = 64 << 20, path: @escaping (_ rid: String) -> String) {
        self.isFlat = isFlat
        self.maximumSize = maximumSize
        self.path = path
    }

    /// Writes the tree below a subscription of which everything is there.
    func encode(_ root: Subscription) -> HTTPSession.Outcome {
        guard let content = root.snapshot?.content ?? root.resource?.content else {
            return .error(.internalError)
        }
        if content.references.isEmpty, !content.hasLegacyForm {
            return .representation(ByteBuffer(bytes: content.json))
        }
        var tree = Tree(encoder: self, session: root.session)
        tree.open(root, content, isRoot: true)
        while tree.step() {
            guard tree.buffer.readableBytes <= maximumSize else {
                return .error(.internalError("the representation exceeds \(maximumSize) bytes"))
            }
        }
        return .representation(tree.buffer)
    }
}

/// A tree while it is written. Graphs may be deep, so what is open stands on a stack of its own.
private struct Tree {
    /// One resource that is being written.
    private struct Level {
        let rid: String
        let names: [JSONSlice]
        let values: [ResourceValue]
        var next = 0
        let closing: String
    }

    let encoder: ResourceTreeEncoder
    unowned let session: ClientSession
    private(set) var buffer = ByteBuffer()
    private var levels: [Level] = []
    /// The resources that are being written.
    private var path: Set<String> = []

    init(encoder: ResourceTreeEncoder, session: ClientSession) {
        self.encoder = encoder
        self.session = session
    }

    /// Begins a resource.
    mutating func open(_ subscription: Subscription, _ content: CachedContent, isRoot: Bool) {
        var closing = content.kind == .model ? "}" : "]"
        if !isRoot, !encoder.isFlat {
            writeLink(subscription.rid)
            buffer.writeStaticString(content.kind == .model ? ",\"model\":" : ",\"collection\":")
            closing += "}"
        }
        buffer.writeStaticString(content.kind == .model ? "{" : "[")
        path.insert(subscription.rid)
        let isModel = content.kind == .model
        let members = isModel ? Array(content.slice.members) : []
        levels.append(
            Level(
                rid: subscription.rid,
                names: members.map(\.name),
                values: isModel
                    ? members.map { ResourceValue(decoding: $0.value) ?? .primitive(.null) } : content.values,
                closing: closing
            )
        )
    }

    /// Writes the next value; false when the tree is complete.
    mutating func step() -> Bool {
        guard let level = levels.last else { return false }
        let index = level.next
        guard index < level.values.count else {
            buffer.writeString(level.closing)
            path.remove(level.rid)
            levels.removeLast()
            return true
        }
        levels[levels.count - 1].next += 1
        if index > 0 { buffer.writeStaticString(",") }
        if index < level.names.count {
            buffer.writeJSON(level.names[index])
            buffer.writeStaticString(":")
        }
        write(level.values[index])
        return true
    }

    private mutating func write(_ value: ResourceValue) {
        switch value {
        case .primitive(let value), .data(let value): buffer.writeJSON(value)
        case .softReference(let id): writeLink(id.text, closed: true)
        case .delete: buffer.writeStaticString("null")
        case .reference(let id): follow(id.text)
        }
    }

    private mutating func follow(_ rid: String) {
        guard !path.contains(rid), let subscription = session.subscriptions[rid] else {
            return writeLink(rid, closed: true)
        }
        if let content = subscription.snapshot?.content ?? subscription.resource?.content {
            return open(subscription, content, isRoot: false)
        }
        if !encoder.isFlat {
            writeLink(rid)
            buffer.writeStaticString(",\"error\":")
        }
        (subscription.failure ?? .internalError).encode(into: &buffer)
        if !encoder.isFlat { buffer.writeStaticString("}") }
    }

    /// Writes `{"href":…`, and the brace where nothing follows.
    private mutating func writeLink(_ rid: String, closed: Bool = false) {
        buffer.writeStaticString("{\"href\":")
        buffer.writeJSON(encoder.path(rid))
        if closed { buffer.writeStaticString("}") }
    }
}
