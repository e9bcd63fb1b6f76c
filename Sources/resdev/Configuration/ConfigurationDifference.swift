import RESProtocol

/// What is different between two configurations, a line for each field.
enum ConfigurationDifference {
    /// Fields whose values are nobody's business, wherever they stand.
    private static let secrets: Set<String> = [
        "key", "password", "pass", "passwd", "token", "user_credentials", "nkey", "seed", "jwt", "secret",
    ]

    /// The fields of a map by their paths, as `databases.library.wal`, each with its value as text.
    static func fields(of map: ConfigurationMap) -> [String: String] {
        var fields: [String: String] = [:]
        add(map, below: "", to: &fields)
        return fields
    }

    /// `path: old → new` for what has changed, `path: new` for what has come, `path is gone` for what has gone; sorted.
    static func lines(from old: ConfigurationMap, to new: ConfigurationMap) -> [(path: String, line: String)]
    {
        let (before, after) = (fields(of: old), fields(of: new))
        return Set(before.keys).union(after.keys).sorted().compactMap { path in
            guard before[path] != after[path] else { return nil }
            if isSecret(path) { return (path, "\(path) has changed") }
            switch (before[path], after[path]) {
            case (let old?, let new?): return (path, "\(path): \(old) → \(new)")
            case (nil, let new?): return (path, "\(path): \(new)")
            default: return (path, "\(path) is gone")
            }
        }
    }

    private static func isSecret(_ path: String) -> Bool {
        // `password` of `auth` names a column.
        guard !path.hasSuffix(".auth.password") else { return false }
        return path.split(separator: ".").contains { secrets.contains($0.lowercased()) }
    }

    private static func add(_ map: ConfigurationMap, below prefix: String, to fields: inout [String: String])
    {
        for field in map.fields {
            let path = prefix + field.key
            if case .map(let inner) = field.value.content, !inner.fields.isEmpty {
                add(inner, below: path + ".", to: &fields)
            } else {
                fields[path] = text(field.value)
            }
        }
    }

    private static func text(_ value: ConfigurationValue) -> String {
        switch value.content {
        case .string(let text, _): text
        case .integer(let number, _): String(number)
        case .float(let number): number.description
        case .bool(let flag): String(flag)
        case .date(let seconds): String(seconds)
        case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
        case .map(let map):
            "{" + map.fields.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}
