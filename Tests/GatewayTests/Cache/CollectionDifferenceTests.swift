import Testing

@testable import Gateway

@Suite("Collection differences")
struct CollectionDifferenceTests {
    @Test(
        "few events turn one collection into another",
        arguments: [
            ([1, 2, 3], [1, 2, 3], [], []), ([], [1, 2], [], [0, 1]), ([1, 2], [], [1, 0], []),
            ([1, 2, 3], [1, 4, 3], [1], [1]), ([1, 2, 3], [3, 1], [1, 0], [1]),
            ([1, 1, 2], [1, 2, 1], [1], [2]), ([1, 2, 3, 4], [2, 3, 4, 5], [0], [3]),
        ] as [([Int32], [Int32], [Int], [Int])]
    )
    func difference(old: [Int32], new: [Int32], removals: [Int], additions: [Int]) {
        let difference = CollectionDifference(from: old, to: new)
        #expect(difference.removals == removals)
        #expect(difference.additions == additions)
    }

    @Test("any difference, small or large, gives the new collection", arguments: [1, 20, 500, 5000])
    func random(size: Int) {
        var generator = SplitMix(state: UInt64(size))
        for _ in 0..<(size > 100 ? 3 : 200) {
            let old = (0..<size).map { _ in Int32.random(in: 0..<Int32(size), using: &generator) }
            var new = old.shuffled(using: &generator)
            new.removeLast(Int.random(in: 0...size / 2, using: &generator))
            new.insert(contentsOf: [-1, -2], at: new.count / 2)
            var built = old
            let difference = CollectionDifference(from: old, to: new)
            for index in difference.removals { built.remove(at: index) }
            for index in difference.additions { built.insert(new[index], at: index) }
            #expect(built == new)
        }
    }

    @Test("the table of the exact method stays within its limit", arguments: [510, 512])
    func limit(size: Int) {
        let old = (0..<Int32(size)).map { $0 }
        let difference = CollectionDifference(from: old, to: old.reversed())
        #expect(difference.removals.count == size - 1)
        #expect(difference.additions.count == size - 1)
    }
}

/// A generator whose numbers follow from its seed (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
