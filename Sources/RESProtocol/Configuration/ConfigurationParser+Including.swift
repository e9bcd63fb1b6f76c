/// Files that bring in other files.
extension ConfigurationParser {
    /// Reads another file, and takes over its fields; the name comes next.
    mutating func include() throws(ConfigurationError) {
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
}
