/// How often which latency was seen, in steps of at most 3%.
struct LatencyHistogram: Equatable, Sendable {
    /// Steps within one power of two.
    private static let stepsPerOctave = 32
    private var counts = [Int](repeating: 0, count: 64 * LatencyHistogram.stepsPerOctave)
    private(set) var total = 0

    /// Notes one latency, in nanoseconds.
    mutating func add(_ nanoseconds: Int64) {
        counts[LatencyHistogram.step(of: UInt64(max(nanoseconds, 1)))] += 1
        total += 1
    }

    /// The latency below which a share of all lies, in nanoseconds; 0 without any.
    func percentile(_ share: Double) -> UInt64 {
        guard total > 0 else { return 0 }
        let rank = max(1, Int((Double(total) * share).rounded(.up)))
        var seen = 0
        for (step, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return LatencyHistogram.value(of: step) }
        }
        return 0
    }

    private static func step(of value: UInt64) -> Int {
        let exponent = 63 - value.leadingZeroBitCount
        guard exponent >= 5 else { return Int(value) }
        let mantissa = Int(value >> UInt64(exponent - 5)) & (stepsPerOctave - 1)
        return (exponent - 4) * stepsPerOctave + mantissa
    }

    private static func value(of step: Int) -> UInt64 {
        guard step >= stepsPerOctave else { return UInt64(step) }
        let exponent = step / stepsPerOctave + 4
        return (UInt64(stepsPerOctave + step % stepsPerOctave)) << UInt64(exponent - 5)
    }
}
