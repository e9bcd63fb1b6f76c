/// What is different between two schemas, for people: a line for each table, view and column.
enum SchemaDifference {
    /// `books: a new table`, `books.isbn: a new column, TEXT`, `books.pages: INTEGER → TEXT`, `loans is gone`; sorted by table.
    static func lines(from old: Schema, to new: Schema) -> [String] {
        let names = Set(old.tables.map(\.name)).union(new.tables.map(\.name)).sorted()
        return names.flatMap { name -> [String] in
            switch (old.table(named: name), new.table(named: name)) {
            case (nil, let table?): ["\(name): a new \(table.isView ? "view" : "table")"]
            case (_?, nil): ["\(name) is gone"]
            case (let before?, let after?) where before !== after: lines(from: before, to: after)
            default: []
            }
        }
    }

    private static func lines(from old: Table, to new: Table) -> [String] {
        let before = types(of: old)
        let after = types(of: new)
        let lines = new.columns.compactMap { column -> String? in
            let type = after[column.name] ?? ""
            guard let former = before[column.name] else {
                return "\(new.name).\(column.name): a new column" + (type.isEmpty ? "" : ", \(type)")
            }
            return former == type ? nil : "\(new.name).\(column.name): \(former) → \(type)"
        }
        let gone = old.columns.filter { after[$0.name] == nil }.map { "\(new.name).\($0.name) is gone" }
        return lines.isEmpty && gone.isEmpty ? ["\(new.name) has changed"] : lines + gone
    }

    private static func types(of table: Table) -> [String: String] {
        Dictionary(table.columns.map { ($0.name, $0.declaredType) }, uniquingKeysWith: { first, _ in first })
    }
}
