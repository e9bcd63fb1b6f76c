/// Pieces of SQL. Identifiers come from introspection and are quoted; values are never part of the text.
enum SQLText {
    /// An identifier in quotes.
    static func quoted(_ name: String) -> String {
        var quoted = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// The expressions that give a row's key, in key order.
    static func key(of table: Table) -> [String] {
        switch table.key {
        case .rowid(let name): [name]
        case .integer, .columns: table.keyColumns.map { quoted($0.name) }
        case .none: []
        }
    }

    /// The table's name in the main schema.
    static func name(of table: Table) -> String { "main." + quoted(table.name) }

    /// The condition that a key equals the parameters that follow; `IS` lets a NULL equal NULL.
    static func hasKey(_ table: Table) -> String {
        switch table.key {
        case .rowid(let name): "\(name) = ?"
        case .integer: key(of: table).map { "\($0) = ?" }.joined()
        case .columns, .none: key(of: table).map { "\($0) IS ?" }.joined(separator: " AND ")
        }
    }

    /// The columns that are shown, in order; the rowid behind them where it is the key.
    static func columns(of table: Table) -> String {
        var list = table.columns.map { quoted($0.name) }
        if case .rowid(let name) = table.key { list.append(name) }
        return list.joined(separator: ", ")
    }
}

extension RowKey {
    /// The values to bind where a key is compared.
    var bindings: [SQLValue] {
        switch self {
        case .integer(let id): [.integer(id)]
        case .values(let values): values
        }
    }
}
