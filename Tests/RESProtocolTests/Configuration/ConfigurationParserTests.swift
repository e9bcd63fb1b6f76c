import Foundation
import Testing

@testable import RESProtocol

@Suite("Configuration files")
struct ConfigurationParserTests {
    @Test(
        "fields are read in every way they may be written",
        arguments: [
            ("port: 4222", "{port: 4222}"), ("port = 4222", "{port: 4222}"), ("port 4222", "{port: 4222}"),
            ("port\t:\t4222", "{port: 4222}"), ("port\n4222", "{port: 4222}"), ("'port': 1", "{port: 1}"),
            ("\"po rt\" 1", "{po rt: 1}"), ("{port: 1}", "{port: 1}"),
            ("\n {\n\"a\": 1,\n\"b\": 2\n}\n# end", "{a: 1, b: 2}"),
            ("a: 1; b: 2", "{a: 1, b: 2}"), ("a: 1, b: 2,\nc: 3;", "{a: 1, b: 2, c: 3}"),
            ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"), ("a: 1 # c\n# d\nb: 2 // e\n//f", "{a: 1, b: 2}"),
            ("", "{}"), ("# nothing", "{}"), ("\u{feff}a: 1", "{a: 1}"), ("a.b: 1", "{a.b: 1}"),
            ("é: ü", "{é: \"ü\"}"),
            ("m {a: 1, b: 2}", "{m: {a: 1, b: 2}}"), ("m: {a: 1\nb: 2\n}", "{m: {a: 1, b: 2}}"),
            ("m\n{\na: 1;\n}\nn {}", "{m: {a: 1}, n: {}}"), ("m{n{o 1}}", "{m: {n: {o: 1}}}"),
            ("m = {a:\n1}", "{m: {a: 1}}"), ("a: 1\na: 2", "{a: 2}"), ("a: 1\nA: 2", "{a: 1, A: 2}"),
            ("{\"a\":1\n,\"b\":[1\n,2]}", "{a: 1, b: [1, 2]}"), ("include: 3", "{include: 3}"),
            ("a::4222", "{a: \":4222\"}"), ("a: 1 ,\n", "{a: 1}"),
        ]
    )
    func fields(text: String, expected: String) throws {
        #expect(describe(try parse(text)) == expected)
    }

    @Test(
        "a value is what its first character and its form say",
        arguments: [
            ("4222", "4222"), ("-12", "-12"), ("1k", "1000"), ("1K", "1000"), ("2kb", "2048"),
            ("1ki", "1024"),
            ("1KiB", "1024"), ("1m", "1000000"), ("1MB", "1048576"), ("-1g", "-1000000000"),
            ("1gib", "1073741824"),
            ("1t", "1000000000000"), ("1tb", "1099511627776"), ("1p", "1000000000000000"),
            ("8e", "8000000000000000000"),
            ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
            ("1.5", "1.5f"), ("-0.25", "-0.25f"), ("true", "true"), ("YES", "true"), ("On", "true"),
            ("false", "false"),
            ("no", "false"), ("OFF", "false"), ("yess", "\"yess\""), ("null", "\"null\""),
            ("1970-01-01T00:00:00Z", "@0"), ("2020-02-29T12:34:56Z", "@1582979696"),
            ("2000-03-01T00:00:00Z", "@951868800"),
            ("1969-12-31T23:59:59Z", "@-1"), ("2021-02-29T00:00:00Z", "\"2021-02-29T00:00:00Z\""),
            ("2020-01-02", "\"2020-01-02\""), ("1kx", "\"1kx\""), ("1kk", "\"1kk\""), ("1bk", "\"1bk\""),
            ("12x", "\"12x\""),
            ("1e5", "\"1e5\""), ("30s", "\"30s\""), ("1.2.3", "\"1.2.3\""),
            ("127.0.0.1:4222", "\"127.0.0.1:4222\""),
            ("1.", "\"1.\""), (".5", "\".5\""), ("-x", "\"-x\""), ("-", "\"-\""), ("a#b", "\"a#b\""),
            ("a//b", "\"a//b\""),
            ("a'b", "\"a'b\""), ("a:b=c", "\"a:b=c\""), ("foo.*.>", "\"foo.*.>\""), ("@", "\"@\""),
            ("x\\ty", "\"x\ty\""),
            ("\\x31", "\"1\""), ("'a b'", "\"a b\""), ("'a\\b'", "\"a\\b\""), ("''", "\"\""),
            ("\"\"", "\"\""),
            ("\"1\"", "\"1\""), ("\"a\\\\\\\"\\n\\r\\t\\x41\"", "\"a\\\"\n\r\tA\""),
            ("\"\\u0041\\/\\b\\f\\ud83d\\ude00\"", "\"A/\u{8}\u{c}😀\""), ("\"a\nb\"", "\"a\nb\""),
            ("\"\\xc3\\xa9\"", "\"é\""),
            ("(\na) b\n )\n)", "\"\na) b\n )\n\""), ("(\n)", "\"\n\""), ("( x\n)\r", "\" x\n\""),
            ("[]", "[]"), ("[1, a, 'b c', [true], {k: v}]", "[1, \"a\", \"b c\", [true], {k: \"v\"}]"),
            ("[a\nb\n]", "[\"a\", \"b\"]"), ("[\n# c\na, # d\n// e\nb,\n]", "[\"a\", \"b\"]"),
            ("[a,]", "[\"a\"]"),
            ("[{a: 1}\n{a: 2}]", "[{a: 1}, {a: 2}]"), ("$2a$11$abc", "\"$2a$11$abc\""),
            ("$2b$11$a/b.", "\"$2b$11$a/b.\""),
        ]
    )
    func values(text: String, expected: String) throws {
        #expect(describe(try parse("k: \(text)\n")) == "{k: \(expected)}")
        #expect(describe(try parse("{k = \(text)\n}")) == "{k: \(expected)}")
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("a", "f:1:1: the key \"a\" has no value"), ("a:\n1", "f:1:1: the key \"a\" has no value"),
            ("x: 1\n a: ,", "f:2:2: the key \"a\" has no value"),
            ("a: 1;b", "f:1:6: the key \"b\" has no value"),
            ("m {a:}", "f:1:4: the key \"a\" has no value"), (": 1", "f:1:1: expected a key, found ':'"),
            ("; a: 1", "f:1:1: expected a key, found ';'"),
            ("a: 1,, b: 2", "f:1:6: expected a key, found ','"),
            (
                "a: 1 b: 2",
                "f:1:6: expected the end of the line, a comma or a semicolon after the value, found 'b'"
            ),
            ("é: ü x", "f:1:6: expected the end of the line"),
            ("a: 'x'y", "f:1:7: expected the end of the line"),
            ("a: 'x", "f:1:4: a text without its closing quote"), ("a: \"x", "f:1:4: a text without"),
            ("'a: 1", "f:1:1: a text without"), ("a: \"x\\", "f:1:6: the file ends inside an escape"),
            ("a: \"\\q\"", "f:1:5: an unknown escape; known are"), ("a: b\\q", "f:1:5: an unknown escape"),
            ("a: \"\\xzz\"", "f:1:5: an escape without 2 hexadecimal digits"),
            ("a: \"\\x4", "f:1:5: an escape without 2"),
            ("a: \"\\u12\"", "f:1:5: an escape without 4"), ("a: \"\\ud800\"", "f:1:5: a surrogate without"),
            ("a: \"\\ud800\\u0041\"", "f:1:5: a surrogate without"),
            ("a: \"\\xff\"", "f:1:4: a text whose escapes make"),
            ("a: (x)\n", "f:1:4: a block that no line"), ("a: (\nx\n) # y", "f:1:4: a block that no line"),
            ("a: [1", "f:1:4: an array without its closing bracket"), ("a: [1 2]", "f:1:7: expected a comma"),
            ("a: [1; 2]", "f:1:6: expected a comma"),
            ("a: [,1]", "f:1:5: expected a value or a closing bracket, found ','"),
            ("a: [1,,2]", "f:1:7: expected a value"), ("a: [1}", "f:1:6: expected a comma"),
            ("m {a: 1", "f:1:3: a map without its closing brace"), ("m {a: 1]", "f:1:8: expected the end"),
            ("a: 1\n}", "f:2:1: a closing brace that belongs to no map"),
            ("{a: 1}}", "f:1:7: expected nothing after"),
            ("{a: 1", "f:1:1: a map without"),
            ("a: 99999999999999999999", "f:1:4: the number 99999999999999999999 is out of range"),
            ("a: 9223372036854775808", "f:1:4: the number 9223372036854775808 is out"),
            ("a: 10e", "f:1:4: the number 10e is out"),
            ("a: $nope", "f:1:4: the variable $nope is neither set further up nor in the environment"),
            ("A: 1\nb: $a", "f:2:4: the variable $a is neither"),
            ("m {a: 1}\nb: $a", "f:2:4: the variable $a is neither"),
            ("b: $a\na: 1", "f:1:4: the variable $a is neither"),
            ("a: $TWO", "$TWO:1:3: expected one value, found 'b'"),
            ("a: $LOOP", "has another variable as its value"),
            ("include 'none'", "f:1:9: cannot include none: No such file"),
            ("include ", "f:1:9: include without a file name"), ("include self", "files include each other"),
            ("include broken", "broken:2:1: the key \"x\" has no value"),
        ]
    )
    func errors(text: String, part: String) {
        #expect { try parse(text) } throws: { "\($0)".contains(part) }
    }

    @Test("a variable stands for a value further up in an open map, then for the environment")
    func variables() throws {
        let text =
            "u: 1\nm {v: [2], n {a: $u, b: $v, c: $HOST, u: 3, d: $u}}\ne: $LIST\nf: $EMPTY\ng: $NESTED"
        #expect(
            describe(try parse(text))
                == "{u: 1, m: {v: [2], n: {a: 1, b: [2], c: \"h\", u: 3, d: 3}}, e: [1, 2], f: \"\", g: \"h\"}"
        )
    }

    @Test("fields used as variables are no unknown fields, others are, with the nearest known")
    func unknownFields() throws {
        let map = try parse("size: 1\nport: $size\nhots: x")
        #expect { try map.expectOnly(["port", "host"], variablesAllowed: true) } throws: {
            "\($0)" == "f:3:1: unknown field \"hots\"; did you mean \"host\"?"
        }
        #expect { try map.expectOnly(["port", "hots"]) } throws: {
            "\($0)" == "f:1:1: unknown field \"size\""
        }
        try map.expectOnly(["port", "hots", "size"])
        try parse("PORT: 1").expectOnly(["port"])
    }

    @Test("an included file's fields stand in the place of the include; its paths go from its folder")
    func includes() throws {
        let files = [
            "conf/main": "a: 1\ninclude sub/one\nm { include './two' }\nc: $b",
            "conf/sub/one": "b: 2\ninclude \"three\"",
            "conf/./two": "{x: 1}", "conf/sub/three": "include /abs", "/abs": "d: 4",
        ]
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in
                guard let text = files[path] else {
                    throw TextFile.Failure(path: path, reason: "No such file")
                }
                return text
            },
            environment: { _ in nil }
        )
        let map = try ConfigurationParser.parse(
            files["conf/main"] ?? "",
            file: "conf/main",
            surroundings: surroundings
        )
        #expect(describe(map) == "{a: 1, b: 2, d: 4, m: {x: 1}, c: 2}")
        #expect(map["b"]?.position.description == "conf/sub/one:1:1")
        #expect(map["d"]?.value.position.description == "/abs:1:4")
    }

    @Test("depth, size and includes have limits")
    func limits() throws {
        var limits = ConfigurationParser.Limits()
        limits.depth = 3
        limits.size = 20
        #expect(describe(try parse("a: [[[1]]]", limits: limits)) == "{a: [[[1]]]}")
        #expect { try parse("a: [[[[1]]]]", limits: limits) } throws: {
            "\($0)".contains("f:1:7: more than 3 maps")
        }
        #expect { try parse("m{m{m{m{}}}}", limits: limits) } throws: { "\($0)".contains("more than 3 maps") }
        #expect(describe(try parse("a: [{}, {}, [], []]", limits: limits)) == "{a: [{}, {}, [], []]}")
        _ = try parse("a: 12345678901234567", limits: limits)
        #expect { try parse("a: 123456789012345678", limits: limits) } throws: {
            "\($0)".contains("more than 20 bytes")
        }
        #expect { try parse("include small #9012345", limits: limits) } throws: {
            "\($0)".contains("more than 20 bytes")
        }
        #expect { try parse(String(repeating: "[", count: 100_000)) } throws: { "\($0)".contains("f:1:") }
        #expect { try parse("a: " + String(repeating: "[", count: 100_000)) } throws: {
            "\($0)".contains("more than 64")
        }
    }

    @Test("values are read with the type that is wanted, or say what they are")
    func typedReading() throws {
        let map = try parse(
            "s: x\ni: 5\nk: 2m\nf: 1.5\nb: on\nd: 2020-01-01T00:00:00Z\na: [x, y]\nm {}\nn: null\ne: 1e3\nt: 1h30m"
        )
        func value(_ key: String) throws -> ConfigurationValue { try #require(map[key]?.value) }
        #expect(try value("s").string() == "x")
        #expect(try value("i").integer(in: 1...5) == 5)
        #expect(try value("f").number() == 1.5 && value("i").number() == 5 && value("e").number() == 1000)
        #expect(try value("b").bool())
        #expect(try value("a").strings() == ["x", "y"] && value("s").strings() == ["x"])
        #expect(try value("m").map().fields.isEmpty)
        #expect(try value("n").isNull && !value("s").isNull)
        #expect(try value("t").duration() == .seconds(5400) && value("i").duration() == .seconds(5))
        #expect(try value("f").duration() == .milliseconds(1500))
        let failures: [(() throws -> Void, String)] = [
            (
                { _ = try value("i").string() },
                "f:2:4: expected a string (put it in quotes), found the number 5"
            ),
            ({ _ = try value("s").integer() }, "f:1:4: expected a whole number, found the string \"x\""),
            (
                { _ = try value("i").integer(in: 6...9) },
                "f:2:4: expected a whole number from 6 to 9, found the number 5"
            ),
            ({ _ = try value("i").bool() }, "expected true or false, found the number 5"),
            ({ _ = try value("d").number() }, "expected a number, found a date"),
            (
                { _ = try value("k").duration() },
                "must be in quotes, as in \"2m\", found the number 2000000 (unit m)"
            ),
            ({ _ = try value("s").duration() }, "expected a duration such as"),
            ({ _ = try value("m").array() }, "expected an array in brackets, found a map"),
            ({ _ = try value("a").map() }, "expected a map in braces, found an array"),
        ]
        for (read, message) in failures { #expect(performing: read, throws: { "\($0)".contains(message) }) }
    }

    @Test(
        "durations are read as Go writes them",
        arguments: [
            ("2s", Duration.seconds(2)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)),
            ("250ms", .milliseconds(250)),
            ("10us", .microseconds(10)), ("10µs", .microseconds(10)), ("7ns", .nanoseconds(7)), ("0", .zero),
            ("-2s", .seconds(-2)),
            ("+1s", .seconds(1)), (".5s", .milliseconds(500)), ("", nil), ("2", nil), ("s", nil), ("2x", nil),
            ("2 s", nil),
            ("1s2", nil), (".s", nil), ("1..2s", nil), ("-", nil), ("10000000h", nil), ("1d", nil),
        ] as [(String, Duration?)]
    )
    func durations(text: String, expected: Duration?) {
        #expect(Duration(units: text) == expected)
    }

    @Test("bytes that are cut off or changed never do more than fail", .timeLimit(.minutes(1)))
    func mutations() {
        let text = "{a: [1, 'b'], c \"\\x41\\u0041\" # d\n m {n: $a; o: (\nx\n)\n}, include 'small'}"
        var generator = SystemRandomNumberGenerator()
        for length in 0..<text.utf8.count {
            _ = try? parse(String(decoding: text.utf8.prefix(length), as: UTF8.self))
        }
        for _ in 0..<5000 {
            var bytes = Array(text.utf8)
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: 0..<128,
                    using: &generator
                )
            }
            _ = try? parse(String(decoding: bytes, as: UTF8.self))
        }
    }

    private func parse(_ text: String, limits: ConfigurationParser.Limits = .init()) throws
        -> ConfigurationMap
    {
        let environment = [
            "HOST": "h", "TWO": "a b", "LOOP": "$LOOP", "LIST": "[1, 2]", "EMPTY": "", "NESTED": "$HOST",
        ]
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in
                switch path {
                case "self": return "include self"
                case "broken": return "\nx"
                case "small": return "x: 1"
                default: throw TextFile.Failure(path: path, reason: "No such file or directory")
                }
            },
            environment: { environment[$0] }
        )
        return try ConfigurationParser.parse(text, file: "f", limits: limits, surroundings: surroundings)
    }
}

private func describe(_ map: ConfigurationMap) -> String {
    "{" + map.fields.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", ") + "}"
}

private func describe(_ value: ConfigurationValue) -> String {
    switch value.content {
    case .string(let text, _): "\"\(text)\""
    case .integer(let number, _): "\(number)"
    case .float(let number): "\(number)f"
    case .bool(let flag): "\(flag)"
    case .date(let seconds): "@\(seconds)"
    case .array(let elements): "[" + elements.map(describe).joined(separator: ", ") + "]"
    case .map(let map): describe(map)
    }
}
