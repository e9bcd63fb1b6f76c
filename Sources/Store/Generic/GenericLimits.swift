import struct NIOCore.ByteBuffer

/// How much of resources without a schema there may be.
package struct GenericLimits: Hashable, Sendable {
    /// Bytes of one resource.
    package var maximumSize = 1 << 20
    /// Bytes of a resource's name.
    package var maximumName = 512
    /// Number of resources.
    package var maximumCount = 100_000
    /// Resources that the database's model refers to.
    package var maximumListed = 1000
    /// Bytes of resources that are remembered as gateways know them, where other processes may write.
    package var maximumFollowed = 32 << 20

    package init() {}
}

/// The resources without a schema that gateways may hold, as they were last told.
struct LiveGenerics {
    let limit: Int
    private(set) var contents: [String: GenericContent] = [:]
    /// Whether some were forgotten since gateways were last told to ask anew.
    private(set) var isOverflown = false
    private var bytes = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Remembers what is about to be served.
    mutating func serve(_ name: String, _ content: GenericContent) {
        let size = content.json.readableBytes
        if bytes + size > limit {
            contents.removeAll()
            bytes = 0
            isOverflown = true
        }
        bytes += size
        contents[name] = content
    }

    /// Notes what gateways have been told; nil for a resource that is gone.
    mutating func update(_ name: String, _ content: GenericContent?) {
        guard contents[name] != nil else { return }
        contents[name] = content
    }

    /// Whether some were forgotten; from now on none, since gateways are told to ask anew.
    mutating func takeOverflow() -> Bool {
        defer { isOverflown = false }
        return isOverflown
    }
}
