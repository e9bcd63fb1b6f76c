import NIOCore
import RESProtocol
import Testing

@testable import Store

@Suite("Names and values")
struct MappingTests {
    @Test(
        "a name has one encoding, which gives the name back",
        arguments: [
            ("books", "books"), ("Büch er", "B~C3~BCch~20er"), ("a.b", "a~2Eb"), ("~", "~7E"),
            ("*>?{}", "~2A~3E~3F~7B~7D"),
            ("", ""), ("a-b_C9", "a-b_C9"), ("select \"x\"", "select~20~22x~22"),
        ]
    )
    func nameParts(name: String, part: String) {
        #expect(NamePart.encode(name) == part)
        #expect(NamePart.decode(part.utf8).map { String(decoding: $0, as: UTF8.self) } == name)
    }

    @Test(
        "what is no encoding, or another than the one, is refused",
        arguments: ["~", "~2", "~2e", "~41", "a b", "ü", "%20"]
    )
    func badNameParts(part: String) {
        #expect(NamePart.decode(part.utf8) == nil)
    }

    @Test(
        "a key has one encoding, which gives the key back",
        arguments: [
            ([SQLValue.text("a"), .integer(3)], [Affinity.text, .integer], "a,3"),
            ([.text("a,b"), .text("")], [.text, .text], "a~2Cb,~e"),
            ([.null, .blob([0, 255])], [.text, .blob], "~n,~x00FF"),
            ([.text("17")], [.text], "17"),
            ([.text("17")], [.blob], "~t17"),
            ([.integer(17)], [.blob], "17"),
            ([.real(1.5)], [.real], "1~2E5"),
            ([.text("n")], [.text], "n"),
            ([.blob([])], [.blob], "~x"),
            ([.text(SQLBytes([0xff]))], [.text], "~FF"),
        ]
    )
    func keys(values: [SQLValue], affinities: [Affinity], part: String) {
        let key = RowKey.values(values)
        #expect(key.encoded(as: affinities) == part)
        #expect(
            RowKey(decoding: part[...], key: .columns(Array(values.indices)), affinities: affinities) == key
        )
    }

    @Test(
        "a part that no key is written as names no row",
        arguments: ["", "a", "1,2,3", "~T1,2", "1,~x0", "1,~41"]
    )
    func badKeys(part: String) {
        #expect(RowKey(decoding: part[...], key: .columns([0, 1]), affinities: [.integer, .text]) == nil)
    }

    @Test(
        "an integer key is a decimal number and nothing else",
        arguments: ["", "01", "+1", "-0", "1.0", " 1", "9223372036854775808"]
    )
    func badIntegerKeys(part: String) {
        #expect(RowKey(decoding: part[...], key: .integer(column: 0), affinities: [.integer]) == nil)
    }

    @Test(
        "values of a column are written as RES values",
        arguments: [
            (SQLValue.null, ColumnForm.plain, "null"),
            (.integer(9_007_199_254_740_991), .plain, "9007199254740991"),
            (.integer(9_007_199_254_740_992), .plain, #""9007199254740992""#),
            (.integer(.min), .plain, #""-9223372036854775808""#),
            (.integer(1), .boolean, "true"), (.integer(0), .boolean, "false"), (.integer(2), .boolean, "2"),
            (.real(1), .plain, "1.0"), (.real(1e300), .plain, "1e+300"),
            (.real(.infinity), .plain, #""Infinity""#), (.real(-.infinity), .plain, #""-Infinity""#),
            (.text("a\"b\u{1}"), .plain, #""a\"b\u0001""#), (.text("ü"), .plain, #""ü""#),
            (.text(SQLBytes([0x61, 0xff])), .plain, "\"a\u{fffd}\""),
            (.text("[1]"), .plain, #""[1]""#), (.text("[1]"), .json, #"{"data":[1]}"#),
            (.text(#"{"a":1}"#), .json, #"{"data":{"a":1}}"#), (.text("5"), .json, "5"),
            (.text("{oops"), .json, #""{oops""#),
            (.blob([1, 2, 3, 4]), .plain, #"{"data":{"$base64":true,"encoded":"AQIDBA=="}}"#),
            (
                .blob([UInt8](repeating: 0, count: 1025)), .plain,
                #"{"data":{"$blob":{"size":1025,"sha256":"c55b90509b8cb9bac53fbdddfc93d4e572685c509f1218423c43a5d6013bbd48","#
                    + #""href":null}}}"#
            ),
        ]
    )
    func values(value: SQLValue, form: ColumnForm, json: String) {
        var buffer = ByteBuffer()
        buffer.writeValue(value, as: form)
        #expect(String(buffer: buffer) == json)
    }

    @Test("base64 is that of RFC 4648", arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
    func base64(text: String) {
        let bytes = Array(text.utf8)
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"][bytes.count]
        #expect(String(decoding: Base64.encode(bytes.span), as: UTF8.self) == expected)
        #expect(Base64.decode(expected) == bytes)
        #expect(Base64.decode("Zg") == [0x66])
        #expect(Base64.decode("Zg=") == nil)
        #expect(Base64.decode("Zh==") == nil)
        #expect(Base64.decode("Z g=") == nil)
    }
}
