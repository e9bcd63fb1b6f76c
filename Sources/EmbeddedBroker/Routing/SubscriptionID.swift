/// The name a client gave one of its subscriptions (sid): any token, mostly a small number.
///
/// Up to sixteen bytes are held in place, so that the usual name costs no allocation and is written in one go.
struct SubscriptionID: Hashable {
    /// The first sixteen bytes, in the order of memory, filled up with zeros.
    let words: (UInt64, UInt64)
    /// How many bytes the name has.
    let count: Int
    /// The whole name where it is longer than sixteen bytes.
    let long: [UInt8]?

    init(_ bytes: borrowing Span<UInt8>) {
        count = bytes.count
        if bytes.count <= 16 {
            words = (
                SubscriptionID.word(bytes, 0..<min(8, bytes.count)),
                bytes.count > 8 ? SubscriptionID.word(bytes, 8..<bytes.count) : 0
            )
            long = nil
        } else {
            words = (SubscriptionID.word(bytes, 0..<8), SubscriptionID.word(bytes, 8..<16))
            long = bytes.indices.map { bytes[$0] }
        }
    }

    /// The name's bytes.
    var bytes: [UInt8] {
        if let long { return long }
        return (0..<count).map { index in
            let word = index < 8 ? words.0 : words.1
            return UInt8(truncatingIfNeeded: word >> UInt64(8 * (index % 8)))
        }
    }

    static func == (left: SubscriptionID, right: SubscriptionID) -> Bool {
        left.words == right.words && left.count == right.count && left.long == right.long
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        if count > 8 { hasher.combine(words.1) }
        if let long { hasher.combine(long) }
    }

    private static func word(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var word: UInt64 = 0
        for offset in range.reversed() { word = word << 8 | UInt64(bytes[offset]) }
        return word
    }
}

extension SubscriptionID {
    /// The name of a subscription inside this process.
    init(number: UInt64) {
        words = (number, 0)
        count = 8
        long = nil
    }
}
