/// What a file holds, by the ending of its name.
enum SourceKind: Hashable, Sendable {
    /// A SQLite file, served in place.
    case database
    /// An SQL script.
    case script
    /// Tables or resources as JSON.
    case json
    /// A table as comma-separated values.
    case csv

    init(path: String) {
        switch path.lowercased().split(separator: ".").last {
        case "sql": self = .script
        case "json": self = .json
        case "csv": self = .csv
        default: self = .database
        }
    }
}

extension SourceKind {
    /// The name that a file gives to a table or service: its own without directories and ending.
    static func stem(of path: String) -> String {
        let file = path.split(separator: "/").last ?? "data"
        guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return String(file) }
        return String(file[..<dot])
    }
}
