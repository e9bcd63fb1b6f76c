import RESProtocol

import struct NIOCore.ByteBuffer

/// Everything that a store serves: tables and views by name, and what resource names mean.
///
/// Immutable; a change of the database's schema makes a new one.
final class Schema: Sendable {
    /// The first part of every resource name.
    let serviceName: String
    /// Tables and views, by name as declared.
    let tables: [Table]
    /// What is not served and why, for people.
    let leftOut: [String]
    /// What is told of tables and views besides, by name.
    let details: [String: TableDetails]

    /// How names of what the configuration hides end in `leftOut`: for who runs the server, and not for clients.
    static let hiddenMark = " (hidden)"

    private let byName: [String: Table]
    private let byPart: [String: Table]

    init(
        serviceName: String,
        tables: [Table],
        leftOut: [String],
        details: [String: TableDetails] = [:]
    ) {
        self.serviceName = serviceName
        self.tables = tables
        self.leftOut = leftOut
        self.details = details
        byName = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        byPart = Dictionary(
            tables.map { (NamePart.encode($0.name), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The table or view with exactly that name.
    func table(named name: String) -> Table? { byName[name] }

    /// What a resource name stands for.
    ///
    /// - Throws: `system.notFound`, with the nearest name. Whether a row exists is not looked at.
    func resource(named name: String) throws(RESError) -> StoreResource {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.first.map({ $0 == serviceName }) == true else {
            throw .notFound.saying("No resource \(name)")
        }
        guard parts.count > 1 else { return .database }
        if parts.count > 2, parts.last == "$count" {
            return .count(try resource(named: parts.dropLast().joined(separator: ".")))
        }
        let table = try table(part: parts[1])
        guard parts.count > 2 else { return .table(table) }
        let affinities = table.keyColumns.map(\.affinity)
        guard let key = RowKey(decoding: parts[2], key: table.key, affinities: affinities) else {
            throw .notFound.saying(
                table.key == .none
                    ? "\(table.name) has no key, so its rows are no resources of their own"
                    : "No row \(parts[2]) in \(table.name)"
            )
        }
        guard parts.count > 3 else { return .row(table, key) }
        guard parts.count == 4, let reverse = table.reverses.first(where: { $0.part == parts[3] }),
            let child = byName[reverse.table]
        else {
            let wanted = parts[3...].joined(separator: ".")
            throw .notFound.saying(
                "A row of \(table.name) has no resource \(wanted)"
                    + NearestName.question(wanted, among: table.reverses.map(\.part))
            )
        }
        return .reverse(child, reverse, parent: table, key)
    }

    /// The table or view that a part of a resource name, or a method of the database, stands for.
    func table(part: some StringProtocol) throws(RESError) -> Table {
        let part = String(part)
        if let table = byPart[part] { return table }
        throw .notFound.saying(
            "No table or view \(part) in \(serviceName)" + NearestName.question(part, among: byPart.keys)
        )
    }

    /// The same schema, with the tables of an earlier one where they are served alike.
    ///
    /// Tables are the same when they are identical, so what is known of their rows stays known.
    func keepingTables(of earlier: Schema) -> Schema {
        let kept = tables.map { table in
            guard let old = earlier.table(named: table.name), old.isServed(like: table) else { return table }
            return old
        }
        return Schema(serviceName: serviceName, tables: kept, leftOut: leftOut, details: details)
    }

    /// Whether a part of a resource name stands for a table or view.
    func hasTable(part: some StringProtocol) -> Bool { byPart[String(part)] != nil }
}

/// What a resource name stands for.
enum StoreResource {
    /// The model of soft references to tables and views.
    case database
    /// The collection of a table's or view's rows.
    case table(Table)
    /// A row that may exist.
    case row(Table, RowKey)
    /// The rows of a table that refer to a row of another.
    case reverse(Table, Reverse, parent: Table, RowKey)
    /// How many elements a collection has.
    indirect case count(StoreResource)
    /// The model that describes the schema.
    case schema
    /// The collection that tells of live queries.
    case live
    /// The model of soft references to named SQL; its methods run it.
    case queries
    /// The rows of named SQL.
    case named(NamedQuery)
    /// A resource without any schema.
    case generic(String)
}
