/// Names of types and properties in programs, made of names in a database.
enum TypeName {
    /// `book_genres` as `BookGenres`; a name without a letter or digit is `Table`.
    static func type(_ name: String) -> String {
        let words = words(of: name)
        guard !words.isEmpty else { return "Table" }
        return startingWithLetter(words.map(capitalised).joined(), prefix: "T")
    }

    /// `author_id` as `authorID`.
    static func property(_ name: String) -> String {
        let words = words(of: name)
        guard let first = words.first else { return "value" }
        let rest = words.dropFirst().map { $0.lowercased() == "id" ? "ID" : capitalised($0) }
        let head = first.allSatisfy(\.isUppercase) ? first.lowercased() : uncapitalised(first)
        return startingWithLetter(head + rest.joined(), prefix: "v")
    }

    /// The names with a number behind each that stood before.
    ///
    /// - Parameter prefixes: what is put before each name to make further ones, which are unique as well.
    static func unique(_ names: [String], prefixes: [String] = []) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            var candidate = name
            var number = 2
            while !taken.isDisjoint(with: [candidate] + prefixes.map { $0 + candidate }) {
                candidate = "\(name)\(number)"
                number += 1
            }
            taken.formUnion([candidate] + prefixes.map { $0 + candidate })
            return candidate
        }
    }

    /// Types of tables: unique, also with a prefix, and none of the reserved names, which have `Row` behind them.
    static func types(
        _ tables: [DatabaseDescription.Table],
        reserved: Set<String>,
        prefixes: [String] = []
    ) -> [String] {
        let names = tables.map { type($0.name) }
        return unique(names.map { reserved.contains($0) ? $0 + "Row" : $0 }, prefixes: prefixes)
    }

    /// The parts of a name that can stand in an identifier of any language, in any script of Unicode's basic plane.
    private static func words(of name: String) -> [String] {
        name.unicodeScalars.split { scalar in
            let mayStand = scalar.properties.isIDContinue && scalar.value <= 0xffff
            return !mayStand || scalar == "_" || scalar == "\u{b7}"
        }
        .map { String(String.UnicodeScalarView($0)) }
    }

    private static func capitalised(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func uncapitalised(_ word: String) -> String {
        word.prefix(1).lowercased() + word.dropFirst()
    }

    private static func startingWithLetter(_ name: String, prefix: String) -> String {
        name.unicodeScalars.first?.properties.isIDStart == true ? name : prefix + name
    }
}
