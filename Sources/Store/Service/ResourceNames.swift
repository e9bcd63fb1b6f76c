import RESProtocol

/// What resource names stand for, beyond those that the schema alone gives.
extension StoreEngine {
    /// What a name stands for.
    ///
    /// - Throws: `system.notFound`, with the nearest name.
    func resource(named name: String) throws(RESError) -> StoreResource {
        guard name.hasPrefix(ownPrefix) else {
            if let generic = genericName(name) { return .generic(generic) }
            return try schema.resource(named: name)
        }
        let parts = name.dropFirst(ownPrefix.count).split(separator: ".", omittingEmptySubsequences: false)
        switch parts.first {
        case "schema" where parts.count == 1: return .schema
        case "live" where parts.count == 1: return .live
        case "q" where parts.count == 1: return .queries
        case "q" where parts.count == 2: return .named(try namedQuery(String(parts[1])))
        default:
            let known = ["$schema", "$live", "$q"] + namedQueries.map { "$q." + $0.part }
            let wanted = "$" + parts.joined(separator: ".")
            throw .notFound.saying("No resource \(name)" + NearestName.question(wanted, among: known))
        }
    }

    /// The named SQL that a part of a resource name stands for.
    func namedQuery(_ part: String) throws(RESError) -> NamedQuery {
        guard let named = namedQueries.first(where: { $0.part == part }) else {
            let question = NearestName.question(part, among: namedQueries.map(\.part))
            throw .notFound.saying("No named SQL \(part) in \(schema.serviceName)" + question)
        }
        if let failure = named.failure {
            throw .internalError.saying("\(named.definition.name) cannot run: \(failure)")
        }
        return named
    }

    /// The table of a collection, and the conditions that the resource name implies.
    ///
    /// - Throws: `system.notFound` also where the row that the others refer to is not there.
    func rows(of resource: StoreResource) throws(RESError) -> (Table, [CollectionQuery.Filter]) {
        switch resource {
        case .table(let table): return (table, [])
        case .reverse(let table, let reverse, let parent, let key):
            try database.writer.requireRow(parent, key)
            let scope = zip(reverse.columns, key.bindings).map { column, value in
                CollectionQuery.Filter(column: column, test: .equal(value))
            }
            return (table, scope)
        default: throw .notFound.saying("This is no collection of rows")
        }
    }
}
