/// A request target in one of its four forms, taken apart (RFC 9112 section 3.2).
struct HTTPTarget: Hashable {
    /// The path as it was sent; `*` for the asterisk form, empty where the form has none.
    var path: String
    /// What stands behind the first `?`; nil without one.
    var query: String?

    /// Takes a target apart; an escape in the path that is not `%` and two hexadecimal digits is refused.
    init(_ target: String, method: HTTPMethod) throws(HTTPParseError) {
        if target.utf8.first == UInt8(ascii: "/") {
            self.init(pathAndQuery: target[...])
        } else if target == "*" {
            guard method == .options else {
                throw .badRequest("the target * is one of OPTIONS requests only")
            }
            self.init(path: "*")
        } else if method == .other("CONNECT") {
            self.init(path: "")
        } else if let start = HTTPTarget.endOfScheme(target) {
            let rest = target[start...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            guard end > start else { throw .badRequest("the target names a scheme and no host") }
            self.init(pathAndQuery: rest[end...])
        } else {
            throw .badRequest("the target is neither a path nor a URL")
        }
        guard HTTPTarget.hasValidEscapes(path) else {
            throw .badRequest("a % in the path is not followed by two hexadecimal digits")
        }
    }

    private init(path: String, query: String? = nil) {
        self.path = path
        self.query = query
    }

    private init(pathAndQuery text: Substring) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            self.init(path: String(text))
            return
        }
        self.init(path: String(text[..<mark]), query: String(text[text.utf8.index(after: mark)...]))
    }

    /// Where the text behind `http://` or `https://` starts.
    private static func endOfScheme(_ target: String) -> String.Index? {
        for scheme in ["http://", "https://"] {
            let prefix = target.utf8.prefix(scheme.utf8.count)
            if prefix.elementsEqual(scheme.utf8, by: { $0.asciiLowercased == $1 }) { return prefix.endIndex }
        }
        return nil
    }

    private static func hasValidEscapes(_ path: String) -> Bool {
        var digitsDue = 0
        for byte in path.utf8 {
            if digitsDue > 0 {
                guard HTTPGrammar.hexDigit(byte) != nil else { return false }
                digitsDue -= 1
            } else if byte == UInt8(ascii: "%") {
                digitsDue = 2
            }
        }
        return digitsDue == 0
    }
}
