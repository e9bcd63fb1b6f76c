import RESProtocol

import struct NIOCore.ByteBuffer

extension CachedContent {
    /// How many elements a collection has; 0 for a model.
    var count: Int { ends.count }

    /// The bytes of an element.
    func element(at index: Int) -> ArraySlice<UInt8> {
        json[start(of: index)..<Int(ends[index])]
    }

    /// The elements' values, in order; nothing for a model.
    var values: [ResourceValue] {
        slice.elements.compactMap { ResourceValue(decoding: $0) }
    }

    /// Inserts an element; the index is at most `count`.
    ///
    /// - Complexity: O(*n*) in the bytes behind it.
    mutating func insert(_ value: ResourceValue, at index: Int) -> ReferenceChange {
        let encoded = value.encoded
        var bytes = [UInt8]()
        bytes.reserveCapacity(encoded.readableBytes + 1)
        let isLast = index == ends.count
        if isLast, index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: encoded.readableBytesView)
        if !isLast { bytes.append(UInt8(ascii: ",")) }

        let position = isLast ? json.count - 1 : start(of: index)
        json.insert(contentsOf: bytes, at: position)
        let end = isLast ? position + bytes.count : position + bytes.count - 1
        ends.insert(UInt32(truncatingIfNeeded: end), at: index)
        for later in ends.indices.dropFirst(index + 1) {
            ends[later] += UInt32(truncatingIfNeeded: bytes.count)
        }

        hasLegacyForm = hasLegacyForm || value.hasLegacyForm
        guard let id = value.followedReference else { return ReferenceChange() }
        // Where all elements are references both have the same order, and removals find theirs at once.
        references.insert(id, at: min(index, references.count))
        return ReferenceChange(added: [id])
    }

    /// Removes the element at an index below `count`.
    ///
    /// - Complexity: O(*n*) in the bytes behind it.
    mutating func remove(at index: Int) -> ReferenceChange {
        let bytes = ByteBuffer(bytes: element(at: index))
        let id = ResourceValue(decoding: JSONSlice(unchecked: bytes))?.followedReference
        var range = start(of: index)..<Int(ends[index])
        if index + 1 < ends.count {
            range = range.lowerBound..<range.upperBound + 1
        } else if index > 0 {
            range = range.lowerBound - 1..<range.upperBound
        }
        json.removeSubrange(range)
        ends.remove(at: index)
        for later in ends.indices.dropFirst(index) {
            ends[later] -= UInt32(truncatingIfNeeded: range.count)
        }

        guard let id else { return ReferenceChange() }
        let isAtIndex = index < references.count && references[index] == id
        if let position = isAtIndex ? index : references.firstIndex(of: id) {
            references.remove(at: position)
        }
        return ReferenceChange(removed: [id])
    }

    private func start(of index: Int) -> Int {
        index == 0 ? 1 : Int(ends[index - 1]) + 1
    }
}
