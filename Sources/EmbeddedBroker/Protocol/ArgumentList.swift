/// The arguments of one control line, as offsets: what stands between blanks.
struct ArgumentList: Equatable {
    /// More than any operation has; a longer list is wrong whatever it holds.
    static let capacity = 5

    private(set) var count = 0
    private var ranges = InlineArray<5, Range<Int>>(repeating: 0..<0)

    /// The arguments between two offsets.
    ///
    /// - Parameter breaksAtLineEnds: whether a stray CR or LF separates too, as it does for SUB and UNSUB; in PUB it
    ///   is part of the argument.
    init(in bytes: borrowing Span<UInt8>, _ line: Range<Int>, breaksAtLineEnds: Bool) {
        var start: Int?
        for offset in line {
            let byte = bytes[offset]
            let separates =
                Operation.isBlank(byte) || (breaksAtLineEnds && (byte == 0x0d || byte == 0x0a))
            if !separates {
                if start == nil { start = offset }
            } else if let begun = start {
                append(begun..<offset)
                start = nil
            }
        }
        if let start { append(start..<line.upperBound) }
    }

    /// The argument at a position below `count` and `capacity`.
    subscript(position: Int) -> Range<Int> { ranges[position] }

    private mutating func append(_ range: Range<Int>) {
        if count < ArgumentList.capacity { ranges[count] = range }
        count += 1
    }

    static func == (left: ArgumentList, right: ArgumentList) -> Bool {
        left.count == right.count
            && (0..<min(left.count, capacity)).allSatisfy { left.ranges[$0] == right.ranges[$0] }
    }
}
