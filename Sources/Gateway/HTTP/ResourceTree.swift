import RESProtocol

import struct NIOCore.ByteBuffer

/// Where a tree finds what its references lead to.
protocol ResourceTreeSource {
    func node(_ id: ResourceID) -> ResourceTreeNode
}

/// What a reference in a tree leads to.
enum ResourceTreeNode {
    case content(ContentSnapshot)
    /// It could not be had.
    case failed(RESError)
    /// It is shown as a link.
    case link
    /// It has to be asked for first.
    case missing
}

/// A resource with all that it references while it is written as JSON. Graphs may be deep, so what is open stands on a
/// stack of its own.
struct ResourceTree<Source: ResourceTreeSource> {
    /// One resource that is being written.
    private struct Level {
        let rid: String
        let names: [JSONSlice]
        let values: [ResourceValue]
        var next = 0
        let closing: StaticString
    }

    let paths: ResourcePath
    /// Whether referenced resources are written as their content alone.
    let isFlat: Bool
    let source: Source
    private(set) var buffer = ByteBuffer()
    /// Whether something was missing, so that the text is of no use.
    private(set) var isIncomplete = false
    private var levels: [Level] = []
    /// The resources that are being written.
    private var path: Set<String> = []

    init(paths: ResourcePath, isFlat: Bool, source: Source) {
        self.paths = paths
        self.isFlat = isFlat
        self.source = source
    }

    /// Begins with the resource at the root.
    mutating func begin(_ rid: String, _ root: ContentSnapshot) {
        reserve(for: root)
        open(rid, root, isRoot: true)
    }

    /// Writes the whole of a collection of references that lead no further.
    ///
    /// - Returns: false, with some of it written, when it exceeds a number of bytes.
    mutating func write(_ root: ContentSnapshot, _ leaves: [CachedResource], maximumSize: Int) -> Bool {
        reserve(for: root)
        buffer.writeStaticString("[")
        for index in leaves.indices {
            guard let leaf = leaves[index].snapshot else { continue }
            if index > 0 { buffer.writeStaticString(",") }
            open(root.content.references[index].text, leaf, isRoot: false)
            guard buffer.readableBytes <= maximumSize else { return false }
        }
        buffer.writeStaticString("]")
        return true
    }

    private mutating func reserve(for root: ContentSnapshot) {
        // A guess: rows of a few hundred bytes.
        buffer.reserveCapacity(root.content.json.count + min(root.content.references.count, 200) * 384)
    }

    private mutating func open(_ rid: String, _ snapshot: ContentSnapshot, isRoot: Bool) {
        let isModel = snapshot.content.kind == .model
        let isWrapped = !isRoot && !isFlat
        if isWrapped {
            writeLink(rid)
            buffer.writeStaticString(isModel ? ",\"model\":" : ",\"collection\":")
        }
        if snapshot.content.references.isEmpty {
            writeLeaf(snapshot)
            if isWrapped { buffer.writeStaticString("}") }
            return
        }
        buffer.writeStaticString(isModel ? "{" : "[")
        path.insert(rid)
        let content = snapshot.content
        let members = isModel ? Array(content.slice.members) : []
        levels.append(
            Level(
                rid: rid,
                names: members.map(\.name),
                values: isModel
                    ? members.map { ResourceValue(decoding: $0.value) ?? .primitive(.null) }
                    : content.treeValues,
                closing: isWrapped ? (isModel ? "}}" : "]}") : (isModel ? "}" : "]")
            )
        )
    }

    /// Writes the next value; false when the tree is complete.
    mutating func step() -> Bool {
        guard let level = levels.last, !isIncomplete else { return false }
        let index = level.next
        guard index < level.values.count else {
            buffer.writeStaticString(level.closing)
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
        if case .reference(let id) = level.values[index] { follow(id) } else { write(level.values[index]) }
        return true
    }

    private mutating func follow(_ id: ResourceID) {
        guard !path.contains(id.text) else { return writeLink(id.text, closed: true) }
        switch source.node(id) {
        case .content(let snapshot): open(id.text, snapshot, isRoot: false)
        case .link: writeLink(id.text, closed: true)
        case .missing: isIncomplete = true
        case .failed(let error):
            if !isFlat {
                writeLink(id.text)
                buffer.writeStaticString(",\"error\":")
            }
            error.encode(into: &buffer)
            if !isFlat { buffer.writeStaticString("}") }
        }
    }

    private mutating func write(_ value: ResourceValue) {
        switch value {
        case .primitive(let value), .data(let value): buffer.writeJSON(value)
        case .softReference(let id), .reference(let id): writeLink(id.text, closed: true)
        case .delete: buffer.writeStaticString("null")
        }
    }

    /// Writes a resource that references nothing. Its text is kept where it is another than the content's own.
    private mutating func writeLeaf(_ snapshot: ContentSnapshot) {
        if let known = snapshot.representation {
            buffer.writeBytes(known)
            return
        }
        guard snapshot.content.hasLegacyForm else {
            buffer.writeBytes(snapshot.content.json)
            return
        }
        let start = buffer.writerIndex
        switch snapshot.content.kind {
        case .model:
            buffer.writeStaticString("{")
            for (index, member) in snapshot.content.slice.members.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                buffer.writeJSON(member.name)
                buffer.writeStaticString(":")
                write(ResourceValue(decoding: member.value) ?? .primitive(.null))
            }
            buffer.writeStaticString("}")
        case .collection:
            buffer.writeStaticString("[")
            for (index, value) in snapshot.content.values.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                write(value)
            }
            buffer.writeStaticString("]")
        }
        snapshot.representation = buffer.getBytes(at: start, length: buffer.writerIndex - start)
    }

    /// Writes `{"href":…`, and the brace where nothing follows.
    private mutating func writeLink(_ rid: String, closed: Bool = false) {
        buffer.writeStaticString("{\"href\":")
        paths.writeJSON(pathOf: rid, into: &buffer)
        if closed { buffer.writeStaticString("}") }
    }
}

extension CachedContent {
    /// Whether it is a collection of references alone, as the rows of a table are.
    var isOfReferences: Bool { kind == .collection && references.count == ends.count }

    /// The elements of a collection. Where all are references, nothing has to be read.
    fileprivate var treeValues: [ResourceValue] {
        isOfReferences ? references.map { .reference($0) } : values
    }
}
