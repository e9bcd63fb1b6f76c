import Glibc
import Store

/// The database of the working directory, for who names none.
enum DirectoryDatabase {
    /// The file that is made where there is no database.
    static let newFile = "dev.db"
    private static let endings = [".db", ".sqlite", ".sqlite3", ".db3"]

    /// The one database of the working directory, or a new one with a small demo.
    ///
    /// - Throws: when there are several, or none can be made.
    static func choose() throws(StartFailure) -> (path: String, isNew: Bool) {
        let found = databases(in: ".")
        switch found.count {
        case 1: return (found[0], false)
        case 0: break
        default:
            throw StartFailure(
                "there are several databases here: \(found.joined(separator: ", "))",
                remedy: "name one or more: resdev serve \(word(found[0]))"
            )
        }
        guard access(newFile, F_OK) != 0 else {
            throw StartFailure(
                "\(newFile) is in the way, and no SQLite database",
                remedy: "name a database, as in: resdev serve library.db"
            )
        }
        do throws(StoreError) {
            try DatabaseImport(database: newFile).load(script: demo, from: "the demo")
        } catch {
            throw StartFailure(
                "there is no database here, and none can be made: \(error.message)",
                remedy: "name a database, as in: resdev serve library.db"
            )
        }
        return (newFile, true)
    }

    /// The SQLite files of a folder, by their endings and beginnings, sorted.
    static func databases(in folder: String) -> [String] {
        DirectoryListing.names(in: folder).filter { name in
            let isNamedSo = endings.contains { name.lowercased().hasSuffix($0) }
            return isNamedSo && !name.hasPrefix(".") && DatabaseImport.isDatabase("\(folder)/\(name)")
        }.sorted()
    }

    /// A word as a shell takes it.
    private static func word(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || "0123456789._-/".unicodeScalars.contains(scalar))
        }
        let quoted = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
        return isPlain ? text : "'\(quoted)'"
    }
}
