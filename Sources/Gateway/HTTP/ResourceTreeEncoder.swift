import RESProtocol

import struct NIOCore.ByteBuffer

/// Writes a resource with all that it references as one JSON text, as HTTP clients get it.
///
/// In the encoding `json` a referenced resource is `{"href":…,"model":…}`, in `jsonflat` it is its content alone. Soft
/// references, and references that lead back to where they stand, are `{"href":…}`; data values stand for themselves.
package struct ResourceTreeEncoder {
    private let isFlat: Bool
    private let maximumSize: Int
    private let paths: ResourcePath

    /// - Parameters:
    ///   - isFlat: whether referenced resources are written as their content alone.
    ///   - maximumSize: bytes that a text may have. A graph in which many ways lead to one resource is written once
    ///     for each.
    ///   - paths: gives the paths of resource ids.
    package init(isFlat: Bool, maximumSize: Int = 64 << 20, paths: ResourcePath) {
        self.isFlat = isFlat
        self.maximumSize = maximumSize
        self.paths = paths
    }

    /// Writes the tree below a subscription of which everything is there.
    func encode(_ root: Subscription) -> HTTPSession.Outcome {
        guard let snapshot = root.snapshot ?? root.resource?.snapshot else { return .error(.internalError) }
        return encode(root.rid, snapshot, from: SessionTree(session: root.session)) ?? .error(.internalError)
    }

    /// Writes the tree below a resource from what is cached; nil where something of it is not.
    func encode(_ root: ResourceID, from cache: ResourceCache) -> HTTPSession.Outcome? {
        guard let snapshot = cache.used(root) else { return nil }
        if snapshot.content.isOfReferences, let leaves = cache.leaves(of: snapshot) {
            cache.touch(leaves)
            var tree = ResourceTree(paths: paths, isFlat: isFlat, source: CacheTree(cache: cache))
            return tree.write(snapshot, leaves, maximumSize: maximumSize)
                ? .representation(tree.buffer) : tooLarge
        }
        return encode(root.text, snapshot, from: CacheTree(cache: cache))
    }

    private func encode(
        _ rid: String,
        _ root: ContentSnapshot,
        from source: some ResourceTreeSource
    ) -> HTTPSession.Outcome? {
        var tree = ResourceTree(paths: paths, isFlat: isFlat, source: source)
        tree.begin(rid, root)
        while tree.step() {
            guard tree.buffer.readableBytes <= maximumSize else { return tooLarge }
        }
        return tree.isIncomplete ? nil : .representation(tree.buffer)
    }

    private var tooLarge: HTTPSession.Outcome {
        .error(.internalError("the representation exceeds \(maximumSize) bytes"))
    }
}

/// What a session has subscribed to.
private struct SessionTree: ResourceTreeSource {
    unowned let session: ClientSession

    func node(_ id: ResourceID) -> ResourceTreeNode {
        guard let subscription = session.subscriptions[id.text] else { return .link }
        if let snapshot = subscription.snapshot ?? subscription.resource?.snapshot {
            return .content(snapshot)
        }
        return .failed(subscription.failure ?? .internalError)
    }
}

/// What the cache holds.
private struct CacheTree: ResourceTreeSource {
    unowned let cache: ResourceCache

    func node(_ id: ResourceID) -> ResourceTreeNode {
        cache.used(id).map { .content($0) } ?? .missing
    }
}
