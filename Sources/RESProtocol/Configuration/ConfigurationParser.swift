/// Reads configuration files: the grammar of nats-server's, of which every JSON object is one as well.
///
/// Keys stand before `=`, `:` or a blank; values are separated by line ends, commas or semicolons; `#` and `//`
/// begin comments. Texts may stand in double quotes (with escapes), in single quotes (as they are), between `(` and a
/// line that holds only `)`, or as a bare word. Bare words are numbers (with units), dates, true and false (yes, no,
/// on, off), and `$name`, which stands for a value further up or of the environment. `include 'file'` brings in the
/// fields of another file. Beyond nats-server's grammar, JSON's own escapes are read, and braces must match.
package struct ConfigurationParser {
    /// How much a configuration may hold.
    package struct Limits: Hashable, Sendable {
        /// Maps and arrays within each other.
        package var depth = 64
        /// All files together, in bytes.
        package var size = 16_777_216
        /// Files that include each other, and variables whose value is a variable.
        package var includes = 8

        package init() {}
    }

    /// What a configuration can get at outside its own text.
    package struct Surroundings {
        /// The text of a file that is included.
        package var read: (_ path: String) throws(TextFile.Failure) -> String
        /// The value of an environment variable.
        package var environment: (_ name: String) -> String?

        package init(
            read: @escaping (_ path: String) throws(TextFile.Failure) -> String,
            environment: @escaping (_ name: String) -> String?
        ) {
            self.read = read
            self.environment = environment
        }
    }

    var source: ConfigurationSource
    let limits: Limits
    let surroundings: Surroundings
    /// The maps that are open, the innermost last.
    var scopes: [ConfigurationMap] = []
    var depthLeft: Int
    let includesLeft: Int
    /// Bytes that included files may still have.
    var sizeLeft: Int

    /// Reads a text.
    ///
    /// - Parameter file: what errors call the text; files it includes are looked for in the same folder.
    /// - Throws: the first thing that is wrong.
    package static func parse(
        _ text: String,
        file: String,
        limits: Limits = Limits(),
        surroundings: Surroundings
    ) throws(ConfigurationError) -> ConfigurationMap {
        var parser = ConfigurationParser(
            text,
            file: file,
            limits: limits,
            surroundings: surroundings,
            includesLeft: limits.includes,
            sizeLeft: limits.size
        )
        return try parser.parseFile()
    }

    init(
        _ text: String,
        file: String,
        limits: Limits,
        surroundings: Surroundings,
        includesLeft: Int,
        sizeLeft: Int
    ) {
        source = ConfigurationSource(file: file, text: text)
        self.limits = limits
        self.surroundings = surroundings
        self.includesLeft = includesLeft
        self.sizeLeft = sizeLeft
        depthLeft = limits.depth
    }

    /// Reads the whole text: fields, or fields in braces.
    mutating func parseFile() throws(ConfigurationError) -> ConfigurationMap {
        sizeLeft -= source.bytes.count
        guard sizeLeft >= 0 else {
            throw ConfigurationError(
                "the configuration has more than \(limits.size) bytes",
                at: source.position(at: 0)
            )
        }
        source.skipBlanks()
        let fields: ConfigurationMap
        if source.next == UInt8(ascii: "{") {
            fields = try parseBracedFields()
            source.skipBlanks()
            guard source.next == nil else {
                throw error("expected nothing after the closing brace, found \(source.found)")
            }
        } else {
            scopes.append(ConfigurationMap())
            try parseFields(inBraces: false)
            fields = scopes.removeLast()
        }
        return fields
    }

    /// Reads `{ fields }`; the opening brace comes next.
    mutating func parseBracedFields() throws(ConfigurationError) -> ConfigurationMap {
        try descend()
        let start = source.position
        source.offset += 1
        scopes.append(ConfigurationMap())
        try parseFields(inBraces: true)
        guard source.take("}") else {
            throw ConfigurationError("a map without its closing brace", at: start)
        }
        depthLeft += 1
        return scopes.removeLast()
    }

    /// Reads fields up to the closing brace or the end of the text.
    private mutating func parseFields(inBraces: Bool) throws(ConfigurationError) {
        source.skipBlanks()
        while let byte = source.next {
            if byte == UInt8(ascii: "}") {
                guard inBraces else { throw error("a closing brace that belongs to no map") }
                return
            }
            try parseField(inBraces: inBraces)
            try parseSeparator(inBraces: inBraces)
        }
    }

    /// Reads what ends a field: a line end, a comma or a semicolon; before a closing brace nothing is needed.
    private mutating func parseSeparator(inBraces: Bool) throws(ConfigurationError) {
        let lineEnded = source.skipBlanks()
        if source.take(",") || source.take(";") {
            source.skipBlanks()
            return
        }
        guard !lineEnded, source.next != nil, source.next != UInt8(ascii: "}") else { return }
        throw error(
            "expected the end of the line, a comma or a semicolon after the value, found \(source.found); a text with blanks must be in quotes"
        )
    }

    private mutating func parseField(inBraces: Bool) throws(ConfigurationError) {
        let position = source.position
        let (key, isQuoted) = try parseKey()
        let endsWithBlank = source.next.map { $0 == 0x20 || $0 == 0x09 } ?? false
        if !isQuoted, endsWithBlank, key.lowercased() == "include" {
            source.skipBlanks(andLines: false)
            if source.next != UInt8(ascii: ":"), source.next != UInt8(ascii: "=") { return try include() }
        }
        source.skipBlanks()
        let hasSign = source.take(":") || source.take("=")
        source.skipBlanks(andLines: inBraces || !hasSign)
        guard let next = source.next, !ConfigurationParser.endsValue(next) else {
            throw ConfigurationError("the key \"\(key)\" has no value", at: position)
        }
        let value = try parseValue()
        set(ConfigurationField(key: key, position: position, value: value))
    }

    private mutating func parseKey() throws(ConfigurationError) -> (key: String, isQuoted: Bool) {
        let start = source.position
        switch source.next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return (try parseQuoted(escapes: source.next == UInt8(ascii: "\"")), true)
        case UInt8(ascii: ":"), UInt8(ascii: "="):
            throw ConfigurationError("expected a key, found \(source.found)", at: start)
        default: break
        }
        let bytes = source.takeWhile { byte in
            byte > 0x20 && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "=") && byte != UInt8(ascii: "{")
                && byte != UInt8(ascii: ",") && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "}")
        }
        guard !bytes.isEmpty else {
            throw ConfigurationError("expected a key, found \(source.found)", at: start)
        }
        return (String(decoding: bytes, as: UTF8.self), false)
    }

    private mutating func set(_ field: ConfigurationField) {
        scopes[scopes.count - 1].set(field)
    }

    /// Reads another file, and takes over its fields; the name comes next.
    private mutating func include() throws(ConfigurationError) {
        let position = source.position
        let name: String
        switch source.next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): name = try parseQuoted(escapes: false)
        default:
            name = String(decoding: source.takeWhile { !ConfigurationParser.endsWord($0) }, as: UTF8.self)
        }
        guard !name.isEmpty else { throw ConfigurationError("include without a file name", at: position) }
        guard includesLeft > 0 else {
            throw ConfigurationError(
                "more than \(limits.includes) files include each other; does \"\(name)\" include itself?",
                at: position
            )
        }
        let path = ConfigurationParser.path(of: name, besides: source.file)
        let text: String
        do {
            text = try surroundings.read(path)
        } catch {
            throw ConfigurationError("cannot include \(error)", at: position)
        }
        var parser = ConfigurationParser(
            text,
            file: path,
            limits: limits,
            surroundings: surroundings,
            includesLeft: includesLeft - 1,
            sizeLeft: sizeLeft
        )
        for field in try parser.parseFile().fields { set(field) }
        sizeLeft = parser.sizeLeft
    }

    /// An absolute path as it is, any other from the folder of the file that names it.
    private static func path(of name: String, besides file: String) -> String {
        guard !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
        return file[...slash] + name
    }

    mutating func descend() throws(ConfigurationError) {
        guard depthLeft > 0 else {
            throw error("more than \(limits.depth) maps and arrays within each other")
        }
        depthLeft -= 1
    }

    func error(_ message: String) -> ConfigurationError {
        ConfigurationError(message, at: source.position)
    }
}
