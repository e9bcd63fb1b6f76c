/// Something found by the bytes that name it.
protocol ByteKeyed: AnyObject {
    /// The name.
    var key: [UInt8] { get }
    /// The name's hash, under the seed of the table it is in.
    var keyHash: UInt64 { get }
}

/// A hash table that is searched with bytes where they stand, without making a key of them first.
///
/// Open addressing with linear probing; an empty table holds no storage. All operations take O(1) on average.
struct ByteTable<Element: ByteKeyed> {
    private struct Slot {
        var hash: UInt64
        var element: Element?
    }

    /// A power of two, at most three quarters full.
    private var slots = ContiguousArray<Slot>()
    /// How many elements there are.
    private(set) var count = 0

    init() {}

    /// Whether there is no element.
    var isEmpty: Bool { count == 0 }

    /// The element with this name.
    @inline(__always)
    func element(named name: borrowing Span<UInt8>, hash: UInt64) -> Element? {
        guard count > 0 else { return nil }
        let mask = slots.count &- 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while let element = slots[position].element {
            if slots[position].hash == hash, name.holds(element.key) { return element }
            position = (position &+ 1) & mask
        }
        return nil
    }

    /// Adds an element whose name is not in the table yet.
    mutating func insert(_ element: Element) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        place(Slot(hash: element.keyHash, element: element))
        count += 1
    }

    /// Takes an element out, if it is in.
    mutating func remove(_ element: Element) {
        guard count > 0 else { return }
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: element.keyHash) & mask
        while let other = slots[position].element, other !== element { position = (position + 1) & mask }
        guard slots[position].element != nil else { return }
        slots[position].element = nil
        count -= 1
        closeGap(at: position, mask: mask)
        if count == 0 { slots = [] }
    }

    /// All elements, in no order.
    var elements: some Sequence<Element> { slots.lazy.compactMap(\.element) }

    /// Moves back the elements that stand behind a gap because their own place was taken when they came.
    private mutating func closeGap(at removed: Int, mask: Int) {
        var gap = removed
        var position = (removed + 1) & mask
        while slots[position].element != nil {
            let home = Int(truncatingIfNeeded: slots[position].hash) & mask
            if (position - home) & mask >= (position - gap) & mask {
                slots.swapAt(gap, position)
                gap = position
            }
            position = (position + 1) & mask
        }
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[position].element != nil { position = (position + 1) & mask }
        slots[position] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = ContiguousArray(repeating: Slot(hash: 0, element: nil), count: max(4, old.count * 2))
        for slot in old where slot.element != nil { place(slot) }
    }
}
