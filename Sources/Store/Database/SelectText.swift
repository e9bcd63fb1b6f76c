/// A SELECT of the rows of a collection: its text, and the values to bind in order.
struct SelectText {
    private(set) var sql: String
    private(set) var bindings: [SQLValue] = []

    /// The keys of the rows, or the values of the columns that elements are made of.
    init(_ query: CollectionQuery, from table: Table) {
        sql = ""
        let columns =
            if let shown = SelectText.elementColumns(query, of: table) {
                shown.map { SQLText.quoted(table.columns[$0].name) }
            } else {
                SQLText.key(of: table)
            }
        sql = "SELECT \(columns.joined(separator: ", ")) FROM "
        addSource(query, table)
        addFilters(query, table)
        addOrder(query, table)
        sql += " LIMIT ? OFFSET ?"
        bindings += [.integer(Int64(query.limit)), .integer(Int64(query.start))]
    }

    /// The places of rows in the order of a query, from the first one on: the values that are sorted by, then the key.
    init(placesOf query: CollectionQuery, in table: Table, length: Int) {
        let columns =
            query.sort.map { SQLText.quoted(table.columns[$0.column].name) } + SQLText.key(of: table)
        sql = "SELECT \(columns.joined(separator: ", ")) FROM \(SQLText.name(of: table))"
        addFilters(query, table)
        addOrder(query, table)
        sql += " LIMIT ?"
        bindings.append(.integer(Int64(length)))
    }

    /// How many rows pass the filters.
    init(countOf query: CollectionQuery, in table: Table) {
        sql = "SELECT count(*) FROM "
        addSource(query, table)
        addFilters(query, table)
    }

    /// The columns of which elements are objects; nil where elements are references.
    static func elementColumns(_ query: CollectionQuery, of table: Table) -> [Int]? {
        query.fields ?? (table.key == .none ? table.columns.map(\.index) : nil)
    }

    /// The table; for a search, joined with what its index finds, under names that no column can hide by chance.
    private mutating func addSource(_ query: CollectionQuery, _ table: Table) {
        let name = SQLText.name(of: table)
        guard let search = query.search, let index = table.searchIndex else {
            sql += name
            return
        }
        let indexName = SQLText.quoted(index.name)
        sql +=
            "(SELECT rowid AS \"$found\", rank AS \"$rank\" FROM main.\(indexName) WHERE \(indexName) MATCH ?)"
            + " JOIN \(name) ON \(SQLText.quoted(table.name)).\(SQLText.quoted(index.rowid)) = \"$found\""
        bindings.append(.text(SQLBytes(SearchText.expression(search))))
    }

    private mutating func addFilters(_ query: CollectionQuery, _ table: Table) {
        var conditions: [String] = []
        for filter in query.filters {
            conditions.append(condition(filter.test, on: SQLText.quoted(table.columns[filter.column].name)))
        }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
    }

    private mutating func condition(_ test: CollectionQuery.Test, on column: String) -> String {
        switch test {
        case .equal(let value): comparison(column, "=", value)
        case .notEqual(let value): comparison(column, "<>", value)
        case .less(let value): comparison(column, "<", value)
        case .lessOrEqual(let value): comparison(column, "<=", value)
        case .greater(let value): comparison(column, ">", value)
        case .greaterOrEqual(let value): comparison(column, ">=", value)
        case .among(let values): membership(column, "IN", values)
        case .notAmong(let values): membership(column, "NOT IN", values)
        case .like(let pattern): like(column, .text(pattern), "")
        case .contains(let text): likeEscaped(column, "%" + SelectText.escaped(text.string) + "%")
        case .startsWith(let text): likeEscaped(column, SelectText.escaped(text.string) + "%")
        case .isNull(let isNull): column + (isNull ? " IS NULL" : " IS NOT NULL")
        }
    }

    private mutating func comparison(_ column: String, _ operation: String, _ value: SQLValue) -> String {
        bindings.append(value)
        return "\(column) \(operation) ?"
    }

    private mutating func membership(_ column: String, _ operation: String, _ values: [SQLValue]) -> String {
        bindings += values
        let marks = Array(repeating: "?", count: values.count).joined(separator: ", ")
        return "\(column) \(operation) (\(marks))"
    }

    private mutating func likeEscaped(_ column: String, _ pattern: String) -> String {
        like(column, .text(SQLBytes(pattern)), " ESCAPE '\\'")
    }

    /// Whether LIKE looks into blobs depends on how SQLite was built; here it never does.
    private mutating func like(_ column: String, _ pattern: SQLValue, _ escape: String) -> String {
        bindings.append(pattern)
        return "(\(column) LIKE ?\(escape) AND typeof(\(column)) <> 'blob')"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }

    private mutating func addOrder(_ query: CollectionQuery, _ table: Table) {
        // What matches best comes first, unless another order is asked for.
        let relevance = query.search != nil && query.sort.isEmpty ? ["\"$rank\""] : []
        var terms =
            relevance
            + query.fullSort(for: table).map { term in
                SQLText.quoted(table.columns[term.column].name) + (term.isDescending ? " DESC" : "")
            }
        if case .rowid(let name) = table.key { terms.append(name) }
        if !terms.isEmpty { sql += " ORDER BY " + terms.joined(separator: ", ") }
    }
}
