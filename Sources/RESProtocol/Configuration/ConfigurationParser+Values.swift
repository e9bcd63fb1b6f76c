/// Values: arrays, maps, texts and bare words.
extension ConfigurationParser {
    /// Reads the value that comes next.
    mutating func parseValue() throws(ConfigurationError) -> ConfigurationValue {
        let position = source.position
        switch source.next {
        case UInt8(ascii: "["):
            return ConfigurationValue(.array(try parseElements()), at: position)
        case UInt8(ascii: "{"):
            return ConfigurationValue(.map(try parseBracedFields()), at: position)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let text = try parseQuoted(escapes: source.next == UInt8(ascii: "\""))
            return ConfigurationValue(.string(text, isQuoted: true), at: position)
        case UInt8(ascii: "("):
            return ConfigurationValue(.string(try parseBlock(), isQuoted: true), at: position)
        default: return try parseWord()
        }
    }

    /// Reads `[ values ]`; the opening bracket comes next.
    private mutating func parseElements() throws(ConfigurationError) -> [ConfigurationValue] {
        try descend()
        let start = source.position
        source.offset += 1
        var elements: [ConfigurationValue] = []
        source.skipBlanks()
        while let byte = source.next {
            if source.take("]") {
                depthLeft += 1
                return elements
            }
            guard !ConfigurationParser.endsValue(byte) else {
                throw error("expected a value or a closing bracket, found \(source.found)")
            }
            elements.append(try parseValue())
            let lineEnded = source.skipBlanks()
            if source.take(",") {
                source.skipBlanks()
            } else if !lineEnded, source.next != nil, source.next != UInt8(ascii: "]") {
                throw error(
                    "expected a comma, the end of the line or a closing bracket, found \(source.found)"
                )
            }
        }
        throw ConfigurationError("an array without its closing bracket", at: start)
    }

    /// Reads a text in quotes; the opening quote comes next.
    mutating func parseQuoted(escapes: Bool) throws(ConfigurationError) -> String {
        let start = source.position
        guard let quote = source.next else { throw error("expected a quote") }
        source.offset += 1
        var text: [UInt8] = []
        while let byte = source.next {
            if byte == quote {
                source.offset += 1
                return try decode(text, from: start)
            }
            if byte == UInt8(ascii: "\\"), escapes {
                try parseEscape(into: &text)
            } else {
                text.append(byte)
                source.offset += 1
            }
        }
        throw ConfigurationError("a text without its closing quote", at: start)
    }

    /// Reads a text between `(` and a line with nothing but `)`; the line end before that line belongs to it.
    private mutating func parseBlock() throws(ConfigurationError) -> String {
        let start = source.position
        source.offset += 1
        let first = source.offset
        while let byte = source.next {
            source.offset += 1
            guard byte == UInt8(ascii: "\n"), source.next == UInt8(ascii: ")") else { continue }
            let after = source.afterNext
            guard after == nil || after == 0x0a || after == 0x0d else { continue }
            defer { source.offset += 1 }
            return String(decoding: source.bytes[first..<source.offset], as: UTF8.self)
        }
        throw ConfigurationError("a block that no line with only ')' closes", at: start)
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(ConfigurationError) {
        let start = source.position
        guard let letter = source.afterNext else {
            throw ConfigurationError("the file ends inside an escape", at: start)
        }
        source.offset += 2
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "x"): text.append(UInt8(truncatingIfNeeded: try takeHex(2, escape: start)))
        case UInt8(ascii: "u"): try parseCodePoint(into: &text, start)
        default:
            throw ConfigurationError(
                "an unknown escape; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\xHH \\uHHHH",
                at: start
            )
        }
    }

    /// Reads the digits of `\uHHHH`, and of a second one where the first is half of a pair (RFC 8259 section 7).
    private mutating func parseCodePoint(
        into text: inout [UInt8],
        _ start: ConfigurationPosition
    ) throws(ConfigurationError) {
        var value = try takeHex(4, escape: start)
        if 0xd800..<0xdc00 ~= value, source.next == UInt8(ascii: "\\"), source.afterNext == UInt8(ascii: "u")
        {
            source.offset += 2
            let low = try takeHex(4, escape: start)
            guard 0xdc00..<0xe000 ~= low else {
                throw ConfigurationError("a surrogate without its other half", at: start)
            }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
            throw ConfigurationError("a surrogate without its other half", at: start)
        }
        text.append(contentsOf: encoded)
    }

    private mutating func takeHex(
        _ count: Int,
        escape start: ConfigurationPosition
    ) throws(ConfigurationError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = source.next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw ConfigurationError("an escape without \(count) hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            source.offset += 1
        }
        return value
    }

    private func decode(
        _ bytes: [UInt8],
        from start: ConfigurationPosition
    ) throws(ConfigurationError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("a text whose escapes make it invalid UTF-8", at: start)
        }
        return text
    }

    /// Reads a bare word.
    private mutating func parseWord() throws(ConfigurationError) -> ConfigurationValue {
        let position = source.position
        var text: [UInt8] = []
        var hasEscape = false
        while let byte = source.next, !ConfigurationParser.endsWord(byte) {
            if byte == UInt8(ascii: "\\") {
                hasEscape = true
                try parseEscape(into: &text)
            } else {
                text.append(byte)
                source.offset += 1
            }
        }
        let word = try decode(text, from: position)
        if hasEscape { return ConfigurationValue(.string(word, isQuoted: true), at: position) }
        if word.hasPrefix("$") { return try variable(word, at: position) }
        return ConfigurationValue(try ConfigurationWord.content(of: word, at: position), at: position)
    }

    /// What `$name` stands for: a value further up in an open map, or in the environment. The hash of a password is itself.
    private mutating func variable(
        _ word: String,
        at position: ConfigurationPosition
    ) throws(ConfigurationError) -> ConfigurationValue {
        if ["$2a$", "$2b$", "$2y$"].contains(where: word.hasPrefix) {
            return ConfigurationValue(.string(word, isQuoted: false), at: position)
        }
        let name = String(word.dropFirst())
        for scope in scopes.indices.reversed() {
            if let value = scopes[scope].useVariable(name) { return value.moved(to: position) }
        }
        guard let text = surroundings.environment(name) else {
            throw ConfigurationError(
                "the variable \(word) is neither set further up nor in the environment",
                at: position
            )
        }
        return try environmentValue(text, of: word).moved(to: position)
    }

    /// Reads the text of an environment variable as a value.
    private func environmentValue(
        _ text: String,
        of word: String
    ) throws(ConfigurationError) -> ConfigurationValue {
        guard includesLeft > 0 else {
            throw error("\(word) has another variable as its value, and so on without end")
        }
        var parser = ConfigurationParser(
            text,
            file: word,
            limits: limits,
            surroundings: surroundings,
            includesLeft: includesLeft - 1,
            sizeLeft: sizeLeft
        )
        parser.source.skipBlanks()
        guard parser.source.next != nil else {
            return ConfigurationValue(.string("", isQuoted: true), at: source.position)
        }
        let value = try parser.parseValue()
        parser.source.skipBlanks()
        guard parser.source.next == nil else {
            throw parser.error(
                "expected one value, found \(parser.source.found) after it; put the whole in quotes"
            )
        }
        return value
    }

    /// Whether a byte ends a bare word.
    static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || endsValue(byte)
    }

    /// Whether a byte cannot begin a value.
    static func endsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "]"), UInt8(ascii: "}"): true
        default: false
        }
    }
}
