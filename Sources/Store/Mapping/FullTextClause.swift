/// Reads what a `CREATE VIRTUAL TABLE … USING fts5(…)` says of the table it covers.
enum FullTextClause {
    /// The index; nil for another kind of virtual table, or one that keeps its own content.
    static func index(name: String, sql: String) -> SearchIndex? {
        guard let open = sql.firstIndex(of: "("), let close = sql.lastIndex(of: ")"), open < close,
            sql[..<open].lowercased().split(whereSeparator: \.isWhitespace).last == "fts5"
        else { return nil }
        var options: [String: String] = [:]
        for argument in arguments(sql[sql.index(after: open)..<close]) {
            guard let equals = argument.firstIndex(of: "=") else { continue }
            let option = trimmed(argument[..<equals]).lowercased()
            options[option] = unquoted(trimmed(argument[argument.index(after: equals)...]))
        }
        guard let content = options["content"], !content.isEmpty else { return nil }
        return SearchIndex(name: name, content: content, rowid: options["content_rowid"] ?? "rowid")
    }

    /// Splits at commas outside quotes.
    private static func arguments(_ text: Substring) -> [Substring] {
        var arguments: [Substring] = []
        var start = text.startIndex
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" || character == "`" {
                quote = character
            } else if character == "," {
                arguments.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return arguments + [text[start...]]
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// A value without its quotes; a doubled quote inside stands for one.
    private static func unquoted(_ text: Substring) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"" || quote == "`", text.last == quote,
            text.count >= 2
        else { return String(text) }
        return text.dropFirst().dropLast().split(
            separator: String([quote, quote]),
            omittingEmptySubsequences: false
        )
        .joined(separator: String(quote))
    }
}

/// What a client searches for, as FTS5 reads it.
enum SearchText {
    /// Every word must occur; a word that ends in `*` stands for all that begin so. No other syntax has a meaning.
    static func expression(_ text: String) -> String {
        // A zero byte would end the text for SQLite.
        text.split { $0.isWhitespace || $0 == "\0" }.map { word in
            let isPrefix = word.last == "*"
            let plain = isPrefix ? word.dropLast() : word
            let quoted = plain.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\""
            )
            return "\"\(quoted)\"" + (isPrefix ? "*" : "")
        }.joined(separator: " ")
    }
}
