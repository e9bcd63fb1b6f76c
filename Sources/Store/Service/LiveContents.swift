import RESProtocol

import struct NIOCore.ByteBuffer

/// From names and queries to live queries and what they hold.
extension StoreEngine {
    /// The live query of a resource that takes a query, made live if it is not.
    ///
    /// - Parameter isNew: whether somebody asks who does not hold it yet.
    func liveQuery(
        _ resource: String,
        _ text: String?,
        isNew: Bool,
        now: Instant
    ) throws(RESError) -> LiveQuery {
        if let text, let known = liveQueries.query(resource, text) {
            return try confirmed(known, isNew, now)
        }
        let named = try self.resource(named: resource)
        let (source, normalised) = try source(of: named, resource, text)
        if let known = liveQueries.query(resource, normalised) { return try confirmed(known, isNew, now) }
        do throws(SQLiteError) {
            var group: QueryGroup?
            if case .rows(let table, let query) = source {
                group = liveQueries.groups.group(for: query, of: table)
            } else if case .count(let table, let query) = source {
                group = liveQueries.groups.group(for: query, of: table)
            }
            guard let (content, cost) = try read(source, group) else { throw SQLiteError.noSuchRow }
            let live = LiveQuery(
                resource: resource,
                text: normalised,
                source: source,
                parent: named.parent,
                group: group,
                since: queryEvents.last,
                content: content,
                now: now
            )
            if group == nil { live.cost.add(cost) }
            liveQueries.track(live, now: now)
            if case .count = source, let group, group.hasCounts, let total = content.total {
                group.count(total)
            }
            return live
        } catch {
            guard error != SQLiteError.noSuchRow else { throw .notFound.saying("No row \(resource)") }
            throw RESError(error)
        }
    }

    private func confirmed(_ query: LiveQuery, _ isNew: Bool, _ now: Instant) throws(RESError) -> LiveQuery {
        query.confirm(at: now, isNew: isNew)
        if query.isDirty {
            // Who asks after a commit is told the state after it.
            do throws(SQLiteError) { try refresh([query], now: now) } catch { throw RESError(error) }
        }
        return query
    }

    /// What a query asks for, and its normalised text.
    private func source(
        of resource: StoreResource,
        _ name: String,
        _ text: String?
    ) throws(RESError) -> (LiveQuery.Source, String) {
        let limits = configuration.queries
        switch resource {
        case .count(let counted):
            let (table, scope) = try rows(of: counted)
            var query = try QueryParser.parseCount(text, table: table, limits: table.limits(limits))
            let normalised = query.countText(for: table)
            query.filters += scope
            query.limit = 1
            return (.count(table, query), normalised)
        case .row(let table, let key):
            let expansion = try QueryParser.parseRow(text ?? "", table: table, schema: schema, limits: limits)
            return (.row(table, key, expansion), "expand=" + QueryText.encode(expansion.text))
        case .named(let named):
            guard named.isRead else {
                throw .notFound.saying("\(named.definition.name) writes, so it can only be called")
            }
            let arguments = try NamedArguments(query: text, for: named, limits: limits)
            return (.named(named, arguments), arguments.text(for: named, limits: limits))
        case .live:
            let list = try LiveListQuery(text, limits: limits)
            return (.list(list), list.text(limits))
        default:
            let (table, scope) = try rows(of: resource)
            let limits = table.limits(limits)
            var query = try QueryParser.parse(text, table: table, schema: schema, limits: limits)
            let normalised = query.text(for: table, limits: limits)
            query.filters += scope
            return (.rows(table, query), normalised)
        }
    }

    /// Reads what a query holds at present; nil when the row it shows is not there.
    ///
    /// - Parameter group: the group that follows the rows; what it knows is not read.
    func read(
        _ source: LiveQuery.Source,
        _ group: QueryGroup?
    ) throws(SQLiteError) -> (LiveQuery.Content, ReadCost)? {
        switch source {
        case .rows(let table, let query):
            if let group {
                if let length = group.readingLength(to: query.start + query.limit) {
                    try fill(group, length: length)
                }
                return (.elements(group.elements(query)), ReadCost())
            }
            return (.elements(try database.reader.elements(query, of: table)), database.reader.cost)
        case .count(let table, let query):
            if let total = group?.knownTotal { return (.count(total), ReadCost()) }
            let total = try database.reader.count(query, of: table)
            return (.count(total), database.reader.cost)
        case .row(let table, let key, let expansion):
            var model = ByteBuffer()
            guard try database.reader.writeModel(table, key, expanding: expansion, into: &model) else {
                return nil
            }
            return (.model(JSONSlice(unchecked: model)), ReadCost())
        case .named(let named, let arguments):
            return (.elements(try database.reader.elements(named, arguments)), database.reader.cost)
        case .list(let part):
            let others = liveQueries.all.filter { query in
                if case .list = query.source { false } else { true }
            }
            let start = min(part.start, others.count)
            let shown = others[start..<min(start + part.limit, others.count)]
            return (.elements(shown.map(\.description)), ReadCost())
        }
    }

    /// Reads the rows of a group anew.
    func fill(_ group: QueryGroup, length: Int) throws(SQLiteError) {
        group.fill(try database.reader.places(group.query, of: group.table, length: length), length: length)
        group.cost.add(database.reader.cost)
    }

    /// Counts the rows of a group anew.
    func count(_ group: QueryGroup) throws(SQLiteError) {
        group.count(try database.reader.count(group.query, of: group.table))
        group.cost.add(database.reader.cost)
    }
}

extension SQLiteError {
    /// A row that a live query shows is not there.
    fileprivate static let noSuchRow = SQLiteError(extendedCode: 0, message: "no such row")
}

extension LiveQuery.Content {
    /// The number of a count.
    fileprivate var total: Int? {
        guard case .model(let model) = self else { return nil }
        return model["count"]?.integer.flatMap { Int(exactly: $0) }
    }
}

extension StoreResource {
    /// The row that it belongs to, where it tells what refers to that.
    fileprivate var parent: LiveQuery.Parent? {
        switch self {
        case .reverse(_, _, let table, let key): LiveQuery.Parent(table: table, key: key)
        case .count(let counted): counted.parent
        default: nil
        }
    }
}
