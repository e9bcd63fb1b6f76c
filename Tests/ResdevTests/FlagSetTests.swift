import Testing

@testable import resdev

@Suite("Flags in the manner of Go")
struct FlagSetTests {
    private let flags = FlagSet([
        FlagSet.Flag("p", "port", kind: .unsigned), FlagSet.Flag("D", "debug", kind: .bool),
        FlagSet.Flag("r", kind: .integer), FlagSet.Flag("nats"), FlagSet.Flag("DV", kind: .bool),
    ])

    @Test(
        "one dash or two, a value behind = or as the next argument",
        arguments: [
            (["-p", "5"], ["p": ["5"]]), (["--port=5"], ["p": ["5"]]), (["-port", "5"], ["p": ["5"]]),
            (["--p", "5", "-p=6"], ["p": ["5", "6"]]), (["-D"], ["D": ["true"]]),
            (["-debug=F"], ["D": ["false"]]),
            (["-DV"], ["DV": ["true"]]), (["-D", "true"], ["D": ["true"]]), (["-r", "-5"], ["r": ["-5"]]),
            (["-nats", "-x"], ["nats": ["-x"]]), (["-nats="], ["nats": [""]]), (["a", "-D"], [:]),
            (["--", "-D"], [:]), (["-"], [:]), ([], [:]),
        ]
    )
    func values(arguments: [String], values: [String: [String]]) throws {
        #expect(try flags.parse(arguments) == values)
    }

    @Test(
        "mistakes are told in the words that programs know",
        arguments: [
            (["-x"], "flag provided but not defined: -x"), (["--x=1"], "flag provided but not defined: -x"),
            (["-p"], "flag needs an argument: -p"), (["---p"], "bad flag syntax: ---p"),
            (["-=5"], "bad flag syntax: -=5"),
            (["-p", "x"], #"invalid value "x" for flag -p: parse error"#),
            (["-p", "-1"], #"invalid value "-1" for flag -p: parse error"#),
            (["-D=maybe"], #"invalid boolean value "maybe" for -D: parse error"#),
        ]
    )
    func mistakes(arguments: [String], message: String) {
        #expect(throws: FlagSet.Failure(message: message)) { try flags.parse(arguments) }
    }
}
