/// All live queries by how changes reach them: groups that follow rows themselves, queries of single rows, and queries
/// that SQLite has to answer anew.
struct QueryGroups {
    /// How many rows a group knows at least beyond its furthest window.
    let minimumSlack: Int
    private var groups: [QueryGroup.ID: QueryGroup] = [:]
    private var indices: [ObjectIdentifier: PredicateIndex] = [:]
    private var rows: [LiveRows.ID: [ObjectIdentifier: LiveQuery]] = [:]
    private var ungrouped: [String: [ObjectIdentifier: LiveQuery]] = [:]
    /// The queries of what refers to a row, by that row.
    private var children: [LiveRows.ID: [ObjectIdentifier: LiveQuery]] = [:]
    /// The queries for the list of live queries.
    private(set) var lists: [LiveQuery] = []

    init(minimumSlack: Int) {
        self.minimumSlack = minimumSlack
    }

    /// The group that a query belongs to, which may be new; nil when SQLite has to decide the query.
    func group(for query: CollectionQuery, of table: Table) -> QueryGroup? {
        guard let group = QueryGroup(query, of: table, minimumSlack: minimumSlack) else { return nil }
        return groups[group.id] ?? group
    }

    mutating func insert(_ query: LiveQuery) {
        if let parent = query.parent {
            children[LiveRows.ID(parent), default: [:]][ObjectIdentifier(query)] = query
        }
        guard let group = query.group else {
            if case .list = query.source {
                lists.append(query)
            } else if let id = QueryGroups.rowID(query) {
                rows[id, default: [:]][ObjectIdentifier(query)] = query
            } else {
                for table in query.dependencies.tables {
                    ungrouped[table, default: [:]][ObjectIdentifier(query)] = query
                }
            }
            return
        }
        if groups.updateValue(group, forKey: group.id) == nil {
            indices[ObjectIdentifier(group.table), default: PredicateIndex()].insert(group)
        }
        group.add(query)
    }

    mutating func remove(_ query: LiveQuery) {
        if let id = query.parent.map(LiveRows.ID.init) {
            children[id]?[ObjectIdentifier(query)] = nil
            if children[id]?.isEmpty == true { children[id] = nil }
        }
        guard let group = query.group else { return removeUngrouped(query) }
        guard !group.remove(query) else { return }
        groups[group.id] = nil
        let table = ObjectIdentifier(group.table)
        indices[table]?.remove(group)
        if indices[table]?.isEmpty == true { indices[table] = nil }
    }

    private mutating func removeUngrouped(_ query: LiveQuery) {
        lists.removeAll { $0 === query }
        if let id = QueryGroups.rowID(query) {
            rows[id]?[ObjectIdentifier(query)] = nil
            if rows[id]?.isEmpty == true { rows[id] = nil }
            return
        }
        for table in query.dependencies.tables {
            ungrouped[table]?[ObjectIdentifier(query)] = nil
            if ungrouped[table]?.isEmpty == true { ungrouped[table] = nil }
        }
    }

    private static func rowID(_ query: LiveQuery) -> LiveRows.ID? {
        guard case .row(let table, let key, _) = query.source, !table.isView else { return nil }
        return LiveRows.ID(table: ObjectIdentifier(table), key: key)
    }

    /// Leads groups through changes; gives those whose known rows are concerned.
    ///
    /// - Complexity: per change, the groups that its values find in the index, and a search in each.
    func apply(_ changes: [NetChange]) -> [QueryGroup] {
        var concerned: [ObjectIdentifier: QueryGroup] = [:]
        for change in changes {
            guard let index = indices[ObjectIdentifier(change.table)] else { continue }
            var visited: Set<ObjectIdentifier> = []
            index.visit(change) { group in
                guard visited.insert(ObjectIdentifier(group)).inserted, group.apply(change) else { return }
                concerned[ObjectIdentifier(group)] = group
            }
        }
        return Array(concerned.values)
    }

    /// All groups of a table, or of all tables.
    func all(of table: Table? = nil) -> [QueryGroup] {
        groups.values.filter { table == nil || $0.table === table }
    }

    /// The queries that show just the rows that changes are about.
    func ofRows(_ changes: [NetChange]) -> [LiveQuery] {
        guard !rows.isEmpty else { return [] }
        return changes.flatMap { change -> [LiveQuery] in
            let id = LiveRows.ID(table: ObjectIdentifier(change.table), key: change.key)
            return rows[id].map { Array($0.values) } ?? []
        }
    }

    /// The queries of what refers to rows that are gone.
    func orphaned(by changes: [NetChange]) -> [LiveQuery] {
        guard !children.isEmpty else { return [] }
        return changes.flatMap { change -> [LiveQuery] in
            guard case .deleted = change.kind else { return [] }
            let id = LiveRows.ID(table: ObjectIdentifier(change.table), key: change.key)
            return children[id].map { Array($0.values) } ?? []
        }
    }

    /// All queries of what refers to a row, by that row.
    var ofParents: [(parent: LiveQuery.Parent, queries: [LiveQuery])] {
        children.values.compactMap { queries in
            queries.first?.value.parent.map { ($0, Array(queries.values)) }
        }
    }

    /// The queries that SQLite has to answer anew after changes; nil is for all there are.
    func ungrouped(touchedBy touched: TouchedTables?) -> [LiveQuery] {
        guard let touched else {
            var found: [ObjectIdentifier: LiveQuery] = [:]
            for queries in ungrouped.values { found.merge(queries) { first, _ in first } }
            for queries in rows.values { found.merge(queries) { first, _ in first } }
            return Array(found.values)
        }
        guard !ungrouped.isEmpty else { return [] }
        var found: [ObjectIdentifier: LiveQuery] = [:]
        for table in touched.tables.keys {
            for (id, query) in ungrouped[table] ?? [:]
            where found[id] == nil && query.dependencies.areTouched(by: touched) { found[id] = query }
        }
        return Array(found.values)
    }
}

extension LiveRows.ID {
    fileprivate init(_ parent: LiveQuery.Parent) {
        self.init(table: ObjectIdentifier(parent.table), key: parent.key)
    }
}
