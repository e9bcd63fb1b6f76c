/// A table as a file without a schema gives it: rows whose columns' types are found out from their values.
struct LoadedTable {
    /// What a value is before it is known what its column is.
    enum Value: Hashable {
        case null
        case integer(Int64)
        case real(Double)
        case boolean(Bool)
        case text(String)
        /// An object or array, as JSON.
        case json(String)
    }

    let name: String
    let columns: [String]
    /// One value for each column.
    let rows: [[Value]]

    /// The declared type of a column: the one that holds all its values; empty where there are several kinds.
    func type(of column: Int) -> String {
        var kinds: Set<String> = []
        for row in rows {
            switch row[column] {
            case .null: break
            case .integer: kinds.insert("INTEGER")
            case .real: kinds.insert("REAL")
            case .boolean: kinds.insert("BOOLEAN")
            case .text: kinds.insert("TEXT")
            case .json: kinds.insert("JSON")
            }
        }
        if kinds == ["INTEGER", "REAL"] { return "REAL" }
        if kinds.contains("JSON") { return "JSON" }
        return kinds.count == 1 ? kinds.first ?? "" : kinds.isEmpty ? "TEXT" : ""
    }

    /// The column that tells rows apart: `id`, where all rows have one and no two the same.
    var key: (column: Int, type: String)? {
        guard let column = columns.firstIndex(where: { $0.lowercased() == "id" }) else { return nil }
        let type = type(of: column)
        guard type == "INTEGER" || type == "TEXT", Set(rows.map { $0[column] }).count == rows.count,
            !rows.contains(where: { $0[column] == .null }), !rows.isEmpty
        else { return nil }
        return (column, type)
    }

    /// The table that a column refers to: `authorId` or `author_id` to the `id` of `authors` or `author`, where every
    /// value is the id of a row there.
    func target(of column: Int, among tables: [LoadedTable]) -> LoadedTable? {
        let name = columns[column]
        let stem: Substring
        if name.lowercased().hasSuffix("_id"), name.utf8.count > 3 {
            stem = name.dropLast(3)
        } else if name.hasSuffix("Id") || name.hasSuffix("ID"), name.utf8.count > 2 {
            stem = name.dropLast(2)
        } else {
            return nil
        }
        let singular = stem.lowercased()
        let names = [singular, singular + "s", singular + "es", singular.dropLast() + "ies"]
        for table in tables where names.contains(table.name.lowercased()) {
            guard let key = table.key, table.type(of: key.column) == type(of: column) else { continue }
            let ids = Set(table.rows.map { $0[key.column] })
            if rows.allSatisfy({ $0[column] == .null || ids.contains($0[column]) }) { return table }
        }
        return nil
    }
}

extension LoadedTable.Value {
    /// The value as a column of a type stores it.
    func stored(as type: String) -> SQLValue {
        switch self {
        case .null: .null
        case .integer(let number): .integer(number)
        case .real(let number): .real(number)
        case .boolean(let flag): type == "JSON" ? .text(flag ? "true" : "false") : .integer(flag ? 1 : 0)
        // In a column of JSON a string is written with its quotes, so that it is not taken for what it says.
        case .text(let text): .text(SQLBytes(type == "JSON" ? LoadedTable.quoted(text) : text))
        case .json(let text): .text(SQLBytes(text))
        }
    }
}
