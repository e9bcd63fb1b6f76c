import RESProtocol

/// Parameters of a method as they are written on the command line.
enum ParameterArguments {
    /// The JSON that the words come to; nil without words.
    ///
    /// - Parameter words: one JSON value as it is; else `name=text` for strings and `name:=json` for everything else.
    static func json(_ words: [String]) throws(StartFailure) -> JSONSlice? {
        guard let first = words.first else { return nil }
        if words.count == 1, let value = try? JSONSlice(parsing: first) { return value }
        var members: [(name: String, value: JSONSlice)] = []
        for word in words { members.append(try member(word)) }
        return .object(members)
    }

    private static func member(_ word: String) throws(StartFailure) -> (name: String, value: JSONSlice) {
        guard let sign = word.firstIndex(of: "="), sign > word.startIndex else { throw malformed(word) }
        let text = String(word[word.index(after: sign)...])
        let before = word.index(before: sign)
        guard word[before] == ":" else { return (String(word[..<sign]), JSONSlice(string: text)) }
        guard before > word.startIndex else { throw malformed(word) }
        do throws(JSONError) {
            return (String(word[..<before]), try JSONSlice(parsing: text))
        } catch {
            throw StartFailure(
                "the value of '\(word)' is not valid JSON: \(error)",
                remedy: "write name=text for a string"
            )
        }
    }

    private static func malformed(_ word: String) -> StartFailure {
        StartFailure(
            "'\(word)' is no parameter",
            remedy: "write name=text, name:=json, or one JSON value in quotes, as '{\"title\":\"Dune\"}'"
        )
    }
}
