/// Makes connection ids: 20 letters and digits, unique among gateways, rising with time in any one gateway.
package struct ConnectionIDs {
    /// Told apart from other gateways by this.
    private let origin: UInt64
    private var counter: UInt32

    private static let digits = Array("0123456789abcdefghijklmnopqrstuv".utf8)

    /// Makes ids of an origin that is drawn at random, as their first number is.
    package init(using generator: inout some RandomNumberGenerator) {
        origin = UInt64.random(in: 0..<(1 << 40), using: &generator)
        counter = UInt32.random(in: 0..<(1 << 24), using: &generator)
    }

    /// The next id: time, origin and a count, 96 bits in all, in the digits of base 32.
    ///
    /// - Parameter seconds: since 1970.
    package mutating func next(seconds: UInt32) -> String {
        counter = (counter &+ 1) & 0xff_ffff
        let high = UInt64(seconds) << 32 | origin >> 8
        let low = (origin & 0xff) << 24 | UInt64(counter)
        // 96 bits are 19 digits and a fifth; the last digit carries what is left over.
        var bits = UInt128(high) << 36 | UInt128(low) << 4
        var id = [UInt8](repeating: 0, count: 20)
        for position in id.indices.reversed() {
            id[position] = ConnectionIDs.digits[Int(truncatingIfNeeded: bits & 31)]
            bits >>= 5
        }
        return String(decoding: id, as: UTF8.self)
    }
}
