import Foundation
import FuzzTargets
import Testing

/// Inputs made of the kept cases by a seed: the same on every machine. `FUZZ_ROUNDS` asks for more of them.
@Suite("Mutated fuzz cases")
struct MutationTests {
    private static let rounds = ProcessInfo.processInfo.environment["FUZZ_ROUNDS"].flatMap(Int.init) ?? 400

    @Test(
        "Every target survives what a seed makes of its cases",
        arguments: FuzzTarget.all.map(\.name),
        [1, 2]
    )
    func mutations(name: String, seed: Int) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let cases = try FuzzCaseTests.inputs(of: name)
        var mutator = Mutator(seed: UInt64(seed), cases: cases)
        let rounds = target.isSlow ? MutationTests.rounds / 10 : MutationTests.rounds
        for _ in 0..<rounds { target.run(mutator.next()) }
    }
}

/// Makes inputs of others: bytes changed, parts left out, repeated, or put in from another input or a list of words.
private struct Mutator {
    private var state: UInt64
    private let cases: [[UInt8]]

    private static let words: [[UInt8]] = [
        "{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "1e9", "18446744073709551616", "\\u0000",
        "\\ud800",
        "{cid}", "?", ".", "..", "*", ">", "\n", "\u{e9}", "{\"rid\":\"a.b\"}",
        "{\"rid\":\"a.c\",\"soft\":true}",
        "{\"data\":[1]}", "{\"action\":\"delete\"}", "\"idx\":9", "\nw", "\nr{\"result\":{\"get\":true}}",
        "\nr{\"result\":{\"model\":{\"x\":{\"rid\":\"a.b\"}}}}", "\nedelete ", "\ns{\"resources\":[\">\"]}",
        "%2F", "%00", "zq7", "\r\n", "PUB a.b 2\r\nhi\r\n", "SUB > 9\r\n", "UNSUB 9 1\r\n", "NATS/1.0\r\n",
        "\t", "=", "&a__gt=",
        "\n.t\ta=zq7", "\n.t.new\t{}", "include 'x'", "$SET", "|", "\"exp\":1",
    ].map { Array($0.utf8) }

    init(seed: UInt64, cases: [[UInt8]]) {
        state = seed
        self.cases = cases
    }

    mutating func next() -> [UInt8] {
        var input = pick(cases)
        for _ in 0...number(6) { mutate(&input) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        guard !input.isEmpty else { return input = pick(cases) }
        let start = number(input.count)
        let end = min(input.count, start + 1 + number(24))
        switch number(6) {
        case 0: input[start] = UInt8(truncatingIfNeeded: number(256))
        case 1: input[start] ^= 1 << UInt8(number(8))
        case 2: input.removeSubrange(start..<end)
        case 3: input.insert(contentsOf: input[start..<end], at: number(input.count + 1))
        case 4: input.insert(contentsOf: pick(Mutator.words), at: start)
        default:
            let other = pick(cases)
            guard !other.isEmpty else { return }
            let from = number(other.count)
            input.insert(contentsOf: other[from..<min(other.count, from + 64)], at: start)
        }
    }

    private mutating func pick(_ from: [[UInt8]]) -> [UInt8] { from[number(from.count)] }

    /// A number below a limit, by SplitMix64.
    private mutating func number(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }
}
