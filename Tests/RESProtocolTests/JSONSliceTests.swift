import NIOCore
import Testing

@testable import RESProtocol

@Suite("JSON slices")
struct JSONSliceTests {
    @Test(
        "a well-formed text is one value, without the white space around it",
        arguments: [
            ("1", JSONKind.number, "1"), (" -0.5e+3 ", .number, "-0.5e+3"), ("\"a\\u00e9\\n\"", .string, nil),
            ("\t{\"a\" : [1, {\"b\":null}]}\r\n", .object, "{\"a\" : [1, {\"b\":null}]}"),
            ("[]", .array, "[]"),
            ("[ ]", .array, "[ ]"), ("{ }", .object, "{ }"), ("true", .true, "true"),
            ("false", .false, "false"),
            ("null", .null, "null"), ("0", .number, "0"), ("[[],{},\"}\"]", .array, nil),
        ] as [(String, JSONKind, String?)]
    )
    func wellFormed(text: String, kind: JSONKind, bytes: String?) throws {
        let slice = try JSONSlice(parsing: text)
        #expect(slice.kind == kind)
        #expect(slice.text == bytes ?? text)
    }

    @Test(
        "a text that is none is refused, with the place",
        arguments: [
            ("", 0), ("  ", 2), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{a:1}", 1),
            ("[1 2]", 3),
            ("01", 1), ("1.", 2), (".5", 0), ("+1", 0), ("-", 1), ("1e", 2), ("tru", 0), ("nulL", 0),
            ("\"a", 0),
            ("\"\u{1}\"", 1), ("\"\\x\"", 1), ("\"\\u12g4\"", 1), ("1 2", 2), ("[1", 0), ("{\"a\":1", 0),
            ("]", 0),
            ("\"\\", 1), ("{\"a\":", 5), ("[,]", 1), ("'a'", 0), ("NaN", 0), ("// 1", 0),
        ]
    )
    func malformed(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONSlice(parsing: text) }
        #expect(error?.offset == offset, "\(text): \(String(describing: error))")
    }

    @Test("nesting is refused one level beyond the limit")
    func depth() throws {
        let atLimit = String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        _ = try JSONSlice(parsing: ByteBuffer(string: atLimit), maximumDepth: 8)
        #expect(throws: JSONError.self) {
            try JSONSlice(parsing: ByteBuffer(string: "[" + atLimit + "]"), maximumDepth: 8)
        }
    }

    @Test("a hundred thousand open brackets are an error, not a crash")
    func deepBomb() {
        #expect(throws: JSONError.self) { try JSONSlice(parsing: String(repeating: "[", count: 100_000)) }
        #expect(throws: JSONError.self) {
            try JSONSlice(parsing: String(repeating: "{\"a\":", count: 100_000))
        }
    }

    @Test("members come in the order they were written, with any white space")
    func members() throws {
        let object = try JSONSlice(parsing: "{ \"b\" : 1 , \"a\":\"x,}\" ,\"c\":[{\"d\":\"]\"}], \"b\":2 }")
        #expect(
            object.members.map { "\($0.name)=\($0.value)" } == [
                "\"b\"=1", "\"a\"=\"x,}\"", "\"c\"=[{\"d\":\"]\"}]", "\"b\"=2",
            ]
        )
        #expect(object["b"]?.integer == 2, "of a repeated name the last counts")
        #expect(object["missing"] == nil)
        #expect(try JSONSlice(parsing: "[1]").members.map(\.name.text).isEmpty)
    }

    @Test(
        "elements come in order, with any white space",
        arguments: [
            ("[]", []), ("[ ]", []), ("[1]", ["1"]),
            ("[ 1 ,\"a\\\"]\" , [2,[]],{\"b\":1}\n]", ["1", "\"a\\\"]\"", "[2,[]]", "{\"b\":1}"]),
        ]
    )
    func elements(text: String, expected: [String]) throws {
        #expect(try JSONSlice(parsing: text).elements.map(\.text) == expected)
    }

    @Test(
        "strings decode their escapes",
        arguments: [
            (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""é""#, "é"),
            (#""😀""#, "😀"), (#""\ud83d""#, "\u{fffd}"), (#""\ud83dx""#, "\u{fffd}x"),
            (#""\ude00""#, "\u{fffd}"), (#""\u0000""#, "\0"), ("\"é😀\"", "é😀"), (#""""#, ""),
        ]
    )
    func strings(text: String, expected: String) throws {
        let slice = try JSONSlice(parsing: text)
        #expect(slice.string == expected)
        #expect(slice.isString(expected))
        #expect(!slice.isString(expected + "x"))
    }

    @Test(
        "a string written and read again is the same",
        arguments: ["", "a\"b\\c\n\r\t\u{1}\u{1f}", "é😀\u{7f}", "</script>"]
    )
    func stringRoundTrip(text: String) throws {
        let slice = JSONSlice(string: text)
        #expect(try JSONSlice(parsing: slice.text).string == text)
    }

    @Test("numbers are read where they fit and are nil where they do not")
    func numbers() throws {
        #expect(try JSONSlice(parsing: "9223372036854775807").integer == .max)
        #expect(try JSONSlice(parsing: "9223372036854775808").integer == nil)
        #expect(try JSONSlice(parsing: "1.0").integer == nil)
        #expect(try JSONSlice(parsing: "1e400").double == nil)
        #expect(try JSONSlice(parsing: "-2.5e1").double == -25)
        #expect(try JSONSlice(parsing: "\"1\"").integer == nil)
    }

    @Test("equality is by the bytes as they were written")
    func equality() throws {
        #expect(try JSONSlice(parsing: " 1 ") == JSONSlice(parsing: "1"))
        #expect(try JSONSlice(parsing: "1") != JSONSlice(parsing: "1.0"))
    }
}
