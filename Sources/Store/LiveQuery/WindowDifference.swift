import RESProtocol

/// The events that turn one state of a collection into another.
enum WindowDifference {
    /// All removals, from the end first, then all insertions, from the start; as few of both as possible.
    ///
    /// - Complexity: O(*n* · *d*) in the part between the first and last difference and the number of differences.
    ///
    /// - Parameter value: an element as gateways get it.
    static func events<Element: Hashable>(
        from old: [Element],
        to new: [Element],
        value: (Element) -> ResourceValue
    ) -> [ResourceEvent] {
        var prefix = 0
        while prefix < old.count, prefix < new.count, old[prefix] == new[prefix] { prefix += 1 }
        var suffix = 0
        while suffix < old.count - prefix, suffix < new.count - prefix,
            old[old.count - 1 - suffix] == new[new.count - 1 - suffix]
        { suffix += 1 }
        let difference = new[prefix..<(new.count - suffix)].difference(
            from: old[prefix..<(old.count - suffix)]
        )
        var events: [ResourceEvent] = []
        for removal in difference.removals.reversed() {
            if case .remove(let offset, _, _) = removal { events.append(.remove(index: prefix + offset)) }
        }
        for insertion in difference.insertions {
            guard case .insert(let offset, let element, _) = insertion else { continue }
            events.append(.add(value(element), index: prefix + offset))
        }
        return events
    }
}
