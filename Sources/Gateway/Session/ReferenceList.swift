/// What one subscription references, each once and with how often; in the order in which it was referenced first, until
/// something is taken out.
///
/// Most lists are built at once, when content is there, and given up as a whole, so they are arrays. Only where a long one is
/// changed by events there is an index beside it.
struct ReferenceList {
    struct Reference {
        let target: Subscription
        var count: Int
    }

    /// Up to this many are looked for one by one.
    private static let linearLimit = 16

    private(set) var all: [Reference] = []
    /// Where in `all` each one stands; nil until a long list is searched.
    private var positions: [ObjectIdentifier: Int]?

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    mutating func reserveCapacity(_ count: Int) { all.reserveCapacity(count) }

    /// Adds one that is known not to be in the list.
    mutating func append(new target: Subscription) {
        positions?[ObjectIdentifier(target)] = all.count
        all.append(Reference(target: target, count: 1))
    }

    /// Counts one more reference.
    ///
    /// - Returns: whether it is the first to that target.
    mutating func add(_ target: Subscription) -> Bool {
        if let place = place(of: target) {
            all[place].count += 1
            return false
        }
        append(new: target)
        return true
    }

    /// Counts one reference less.
    ///
    /// - Returns: whether it was the last to that target.
    mutating func remove(_ target: Subscription) -> Bool {
        guard let place = place(of: target) else { return false }
        guard all[place].count == 1 else {
            all[place].count -= 1
            return false
        }
        let last = all.removeLast()
        positions?[ObjectIdentifier(target)] = nil
        if place < all.count {
            all[place] = last
            positions?[ObjectIdentifier(last.target)] = place
        }
        return true
    }

    /// Whether a target is referenced.
    ///
    /// - Complexity: O(*n*).
    func contains(_ target: Subscription) -> Bool { all.contains { $0.target === target } }

    private mutating func place(of target: Subscription) -> Int? {
        guard all.count > ReferenceList.linearLimit else { return all.firstIndex { $0.target === target } }
        if positions == nil {
            var made: [ObjectIdentifier: Int] = [:]
            made.reserveCapacity(all.count)
            for (place, reference) in all.enumerated() { made[ObjectIdentifier(reference.target)] = place }
            positions = made
        }
        return positions?[ObjectIdentifier(target)]
    }
}
