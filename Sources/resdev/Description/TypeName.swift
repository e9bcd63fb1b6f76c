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
    static func unique(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            var candidate = name
            var number = 2
            while !taken.insert(candidate).inserted {
                candidate = "\(name)\(number)"
                number += 1
            }
            return candidate
        }
    }

    private static func words(of name: String) -> [String] {
        name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    }

    private static func capitalised(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func uncapitalised(_ word: String) -> String {
        word.prefix(1).lowercased() + word.dropFirst()
    }

    private static func startingWithLetter(_ name: String, prefix: String) -> String {
        name.first?.isNumber == true ? prefix + name : name
    }
}
