/// The tables, and of some the columns, that a query's content comes from.
struct QueryDependencies: Hashable, Sendable {
    /// Tables of which every change may matter.
    private(set) var whole: Set<String> = []
    /// Tables of which, besides coming and going rows, only some columns matter; names in lower case.
    private(set) var columns: [String: Set<String>] = [:]

    init(_ source: LiveQuery.Source) {
        switch source {
        case .rows(let table, _) where table.isView, .count(let table, _) where table.isView,
            .row(let table, _, _) where table.isView:
            columns = table.columnsRead
        case .rows(let table, let query):
            if let fields = query.fields, query.search == nil {
                let used = fields + query.filters.map(\.column) + query.sort.map(\.column)
                // The key decides about the order of equals, and cannot change of a row that stays.
                columns = [table.name: Set(used.map { table.columns[$0].name.lowercased() })]
            } else {
                whole = [table.name]
            }
        case .count(let table, let query):
            if query.search == nil {
                columns = [
                    table.name: Set(query.filters.map { table.columns[$0.column].name.lowercased() })
                ]
            } else {
                whole = [table.name]
            }
        case .row(let table, _, _): whole = [table.name]
        case .named(let named, _): columns = named.reads
        case .list: break
        }
    }

    /// What a row of a view comes from.
    init(viewRow table: Table) { columns = table.columnsRead }

    /// The names of all tables.
    var tables: Set<String> { whole.union(columns.keys) }

    /// Whether changes may matter.
    func areTouched(by touched: TouchedTables) -> Bool {
        for (table, touch) in touched.tables {
            if whole.contains(table) { return true }
            guard let read = columns[table] else { continue }
            if touch.isWhole || !read.isDisjoint(with: touch.columns) { return true }
        }
        return false
    }
}

/// Which tables a transaction has changed, and of rows that stay, which columns.
struct TouchedTables {
    struct Touch {
        /// Whether rows came or went, or it is not known what changed.
        var isWhole = false
        /// Names in lower case.
        var columns: Set<String> = []
    }

    private(set) var tables: [String: Touch] = [:]

    init(_ changes: [NetChange]) {
        for change in changes {
            switch change.kind {
            case .created, .deleted: tables[change.table.name, default: Touch()].isWhole = true
            case .changed(let columns, _):
                for column in columns {
                    tables[change.table.name, default: Touch()].columns.insert(column.name.lowercased())
                }
            }
        }
    }

    /// Notes that anything of a table may be different.
    mutating func insert(whole table: String) { tables[table, default: Touch()].isWhole = true }
}
