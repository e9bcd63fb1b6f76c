/// Cuts an input into pieces, so that the same bytes arrive in other portions.
enum InputSplit {
    /// Hands over pieces of one to sixteen bytes, their lengths drawn from the input itself.
    static func pieces(of input: [UInt8], _ take: (ArraySlice<UInt8>) -> Void) {
        var seed = input.reduce(UInt32(input.count)) { $0 &* 31 &+ UInt32($1) }
        var start = 0
        while start < input.count {
            seed = seed &* 1_664_525 &+ 1_013_904_223
            let end = min(input.count, start + 1 + Int(seed >> 28))
            take(input[start..<end])
            start = end
        }
    }
}
