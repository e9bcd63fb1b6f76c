import RESProtocol

/// The events that turn one collection into another: all removals from the end first, then all additions from the start.
///
/// Few events are wanted, not the fewest at any price: up to a size of the differing middle a longest common
/// subsequence is kept, beyond it what can be kept in one pass over first occurrences.
struct CollectionDifference {
    /// Indices of elements to remove, falling, as they stand before anything is done.
    private(set) var removals: [Int] = []
    /// Indices of elements to add, rising, as they stand in the new collection.
    private(set) var additions: [Int] = []

    /// Up to this product of differing elements the table of the exact method is built: 1 MB.
    static let exactLimit = 1 << 18

    /// - Complexity: O(*n* + *m*) besides the differing middle; there O(*n* · *m*) up to `exactLimit`, then
    ///   O((*n* + *m*) log *n*).
    init(from old: CachedContent, to new: CachedContent) {
        var numbers: [ArraySlice<UInt8>: Int32] = [:]
        func number(_ content: CachedContent) -> [Int32] {
            (0..<content.count).map { index in
                let next = Int32(truncatingIfNeeded: numbers.count)
                let element = content.element(at: index)
                if let known = numbers[element] { return known }
                numbers[element] = next
                return next
            }
        }
        self.init(from: number(old), to: number(new))
    }

    /// The difference of two sequences in which equal elements have equal numbers.
    init(from old: [Int32], to new: [Int32]) {
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var oldEnd = old.count
        var newEnd = new.count
        while oldEnd > start, newEnd > start, old[oldEnd - 1] == new[newEnd - 1] {
            oldEnd -= 1
            newEnd -= 1
        }
        let middle = old[start..<oldEnd]
        let newMiddle = new[start..<newEnd]
        guard !middle.isEmpty || !newMiddle.isEmpty else { return }
        let (size, overflows) = (middle.count + 1).multipliedReportingOverflow(by: newMiddle.count + 1)
        if !overflows, size <= CollectionDifference.exactLimit {
            compareExactly(Array(middle), Array(newMiddle), offset: start)
        } else {
            compareQuickly(Array(middle), Array(newMiddle), offset: start)
        }
    }

    /// Keeps a longest common subsequence, found by the table of its lengths.
    private mutating func compareExactly(_ old: [Int32], _ new: [Int32], offset: Int) {
        let width = old.count + 1
        var lengths = [Int32](repeating: 0, count: width * (new.count + 1))
        for j in new.indices {
            for i in old.indices {
                lengths[i + 1 + width * (j + 1)] =
                    old[i] == new[j]
                    ? lengths[i + width * j] + 1
                    : max(lengths[i + 1 + width * j], lengths[i + width * (j + 1)])
            }
        }
        var (i, j) = (old.count, new.count)
        while i > 0 || j > 0 {
            if i > 0, j > 0, old[i - 1] == new[j - 1] {
                i -= 1
                j -= 1
            } else if j > 0, i == 0 || lengths[i + width * (j - 1)] >= lengths[i - 1 + width * j] {
                j -= 1
                additions.append(j + offset)
            } else {
                i -= 1
                removals.append(i + offset)
            }
        }
        additions.reverse()
    }

    /// Pairs each new element with the first unpaired equal old one, and keeps a longest run of pairs in order.
    private mutating func compareQuickly(_ old: [Int32], _ new: [Int32], offset: Int) {
        var places: [Int32: [Int]] = [:]
        for index in old.indices.reversed() { places[old[index], default: []].append(index) }
        var pairs: [(old: Int, new: Int)] = []
        for index in new.indices {
            if let place = places[new[index]]?.popLast() { pairs.append((place, index)) }
        }
        var keptOld = [Bool](repeating: false, count: old.count)
        var keptNew = [Bool](repeating: false, count: new.count)
        for position in CollectionDifference.longestRising(pairs.map(\.old)) {
            keptOld[pairs[position].old] = true
            keptNew[pairs[position].new] = true
        }
        removals = old.indices.reversed().filter { !keptOld[$0] }.map { $0 + offset }
        additions = new.indices.filter { !keptNew[$0] }.map { $0 + offset }
    }

    /// Positions of a longest rising subsequence, falling.
    private static func longestRising(_ values: [Int]) -> [Int] {
        var tails: [Int] = []
        var previous = [Int](repeating: -1, count: values.count)
        for position in values.indices {
            var (low, high) = (0, tails.count)
            while low < high {
                let middle = (low + high) / 2
                if values[tails[middle]] < values[position] { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[position] = tails[low - 1] }
            if low == tails.count { tails.append(position) } else { tails[low] = position }
        }
        var run: [Int] = []
        var position = tails.last ?? -1
        while position >= 0 {
            run.append(position)
            position = previous[position]
        }
        return run
    }
}
