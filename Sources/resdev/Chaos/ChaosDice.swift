/// Chance that can be repeated: the n-th request of a kind meets the same fate in every run with the same seed, whatever
/// other requests come between.
struct ChaosDice {
    /// Kinds of request that are told apart; all others share one count.
    static let maximumKinds = 4096

    let seed: UInt64
    private var counts: [String: UInt64] = [:]

    init(seed: UInt64) { self.seed = seed }

    /// The throws for the next request of a kind.
    mutating func next(_ kind: String) -> Throws {
        let isKnown = counts[kind] != nil || counts.count < ChaosDice.maximumKinds
        let count = counts[isKnown ? kind : "", default: 0]
        counts[isKnown ? kind : ""] = count + 1
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in kind.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Throws(state: seed &+ hash &+ count &* 0x9e37_79b9_7f4a_7c15)
    }

    /// Numbers between 0 and 1, one after the other (SplitMix64).
    struct Throws {
        fileprivate var state: UInt64

        mutating func next() -> Double {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            value ^= value >> 31
            return Double(value >> 11) / Double(UInt64(1) << 53)
        }
    }
}
