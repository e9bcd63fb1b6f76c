/// How much a counter grows in a second, smoothed over a few.
struct Rate {
    private var last: UInt64?
    private(set) var perSecond = 0.0

    /// Takes the counter's value, a second after the one before.
    mutating func note(_ total: UInt64) {
        defer { last = total }
        guard let last else { return }
        let grown = Double(total &- last)
        perSecond = grown == 0 && perSecond < 0.5 ? 0 : (perSecond + grown) / 2
    }
}
