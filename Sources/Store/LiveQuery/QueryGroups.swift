/// All live queries by how changes reach them: groups that follow rows themselves, and queries that SQLite has to answer
/// anew.
struct QueryGroups {
    /// How many rows a group knows at least beyond its furthest window.
    let minimumSlack: Int
    private var groups: [QueryGroup.ID: QueryGroup] = [:]
    private var indices: [ObjectIdentifier: PredicateIndex] = [:]
    private var ungrouped: [String: [ObjectIdentifier: LiveQuery]] = [:]

    init(minimumSlack: Int) {
        self.minimumSlack = minimumSlack
    }

    /// The group that a query belongs to, which may be new; nil when SQLite has to decide the query.
    func group(for query: CollectionQuery, of table: Table) -> QueryGroup? {
        guard let group = QueryGroup(query, of: table, minimumSlack: minimumSlack) else { return nil }
        return groups[group.id] ?? group
    }

    mutating func insert(_ query: LiveQuery) {
        guard let group = query.group else {
            for table in query.table.sources {
                ungrouped[table, default: [:]][ObjectIdentifier(query)] = query
            }
            return
        }
        if groups.updateValue(group, forKey: group.id) == nil {
            indices[ObjectIdentifier(group.table), default: PredicateIndex()].insert(group)
        }
        group.add(query)
    }

    mutating func remove(_ query: LiveQuery) {
        guard let group = query.group else {
            for table in query.table.sources {
                ungrouped[table]?[ObjectIdentifier(query)] = nil
                if ungrouped[table]?.isEmpty == true { ungrouped[table] = nil }
            }
            return
        }
        guard !group.remove(query) else { return }
        groups[group.id] = nil
        let table = ObjectIdentifier(group.table)
        indices[table]?.remove(group)
        if indices[table]?.isEmpty == true { indices[table] = nil }
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

    /// The queries without a group that read one of these tables; nil is for all.
    func ungrouped(reading tables: Set<String>?) -> [LiveQuery] {
        var found: [ObjectIdentifier: LiveQuery] = [:]
        for (table, queries) in ungrouped where tables?.contains(table) ?? true {
            found.merge(queries) { first, _ in first }
        }
        return Array(found.values)
    }
}
