/// A resource's content that the cache and those who are about to send it share: whoever changes it makes a copy first
/// where another one has it. What is about to be sent stays as it is, at the price of a reference.
final class ContentSnapshot {
    fileprivate(set) var content: CachedContent {
        didSet {
            representation = nil
            referenced = nil
        }
    }
    /// The content as HTTP clients get it, once somebody has asked; only where that is other than `CachedContent.json` and
    /// nothing is referenced.
    var representation: [UInt8]?
    /// The cache's entries of what is referenced, in order, once they were looked up. Some may be gone since.
    var referenced: [CachedResource]?

    init(_ content: CachedContent) {
        self.content = content
    }
}

extension ContentSnapshot? {
    /// Changes the content, of a copy where it is shared; nil without any.
    mutating func change<Result>(_ body: (inout CachedContent) -> Result) -> Result? {
        guard var owned = take() else { return nil }
        if !isKnownUniquelyReferenced(&owned) { owned = ContentSnapshot(owned.content) }
        defer { self = owned }
        return body(&owned.content)
    }
}
