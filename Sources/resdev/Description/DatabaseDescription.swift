import RESProtocol
import Store

/// What a store says of its tables: the resource `library.$schema`, as far as generators need it.
struct DatabaseDescription: Equatable, Sendable {
    /// A table or view.
    struct Table: Equatable, Sendable {
        let name: String
        /// Resource id of the collection, as `library.books`.
        let resource: String
        let isWritable: Bool
        /// Names of the key's columns; empty for the rowid and for views without a key.
        let key: [String]
        /// Whether rows are resources of their own.
        let hasRows: Bool
        let columns: [Column]
        let links: [Link]
        /// Properties of a row that refer to the rows of other tables which point at it.
        let collections: [Collection]
        /// Whether `q=` searches it.
        let isSearchable: Bool
        /// Rows of a list whose query has no `limit`.
        let defaultLimit: Int
        /// The greatest `limit` of a list.
        let limit: Int
    }

    struct Column: Equatable, Sendable {
        let name: String
        /// What values look like; a value of another kind can stand in a column that is not STRICT.
        let kind: Kind
        let isNotNull: Bool
        let hasDefault: Bool
        let isGenerated: Bool
        let isKey: Bool
    }

    /// The rows of another table that refer to a row.
    struct Collection: Equatable, Sendable {
        let name: String
        /// The name as it stands in resource ids.
        let part: String
        let table: String
    }

    /// Named SQL.
    struct Query: Equatable, Sendable {
        let name: String
        /// Resource id, as `library.$q.top`.
        let resource: String
        let writes: Bool
        let parameters: [Parameter]
        /// The names of the columns of its rows.
        let columns: [String]
        /// Rows where a query has no `limit`.
        let defaultLimit: Int
        /// The greatest `limit`.
        let limit: Int
    }

    /// A parameter of named SQL.
    struct Parameter: Equatable, Sendable {
        let name: String
        /// `any`, `integer`, `real`, `text` or `boolean`.
        let type: String
        let isOptional: Bool
    }

    /// A soft reference beside a foreign key.
    struct Link: Equatable, Sendable {
        let name: String
        /// The table that it leads to.
        let table: String
        /// Whether it can lead nowhere, and is null then.
        let isNullable: Bool
    }

    /// Kinds of value, by the declared type of a column (STORE mapping: affinity, BOOLEAN, JSON).
    enum Kind: String, Sendable {
        case integer, real, numeric, text, blob, boolean, json
    }

    let service: String
    let tables: [Table]
    let queries: [Query]

    /// Reads the model; nil when it is none of a store.
    init?(decoding model: JSONSlice) {
        guard let service = model["service"]?.string, let tables = model["tables"]?["data"] else {
            return nil
        }
        self.service = service
        self.tables = tables.elements.compactMap(Table.init(decoding:))
        queries = model["queries"]?["data"]?.elements.compactMap(Query.init(decoding:)) ?? []
    }
}

extension DatabaseDescription.Table {
    fileprivate init?(decoding table: JSONSlice) {
        guard let name = table["name"]?.string, let resource = table["resource"]?.string else { return nil }
        let isWritable = table["writable"]?.bool ?? false
        let isRowid = table["key"]?["kind"]?.isString("integer") == true
        let columns =
            table["columns"]?.elements.compactMap {
                DatabaseDescription.Column(decoding: $0, isRowid: isRowid)
            } ?? []
        let nullable = Set(columns.filter { !$0.isNotNull }.map(\.name))
        self.init(
            name: name,
            resource: resource,
            isWritable: isWritable,
            key: table["key"]?["columns"]?.elements.compactMap(\.string) ?? [],
            hasRows: table["key"]?["kind"].map { !$0.isString("none") } ?? false,
            columns: columns,
            links: table["links"]?.elements.compactMap {
                DatabaseDescription.Link(decoding: $0, nullable: nullable)
            } ?? [],
            collections: table["collections"]?.elements
                .compactMap(DatabaseDescription.Collection.init(decoding:)) ?? [],
            isSearchable: table["search"].map { !$0.isNull } ?? false,
            defaultLimit: table["defaultLimit"]?.integer.map(Int.init) ?? QueryLimits().defaultLimit,
            limit: table["limit"]?.integer.map(Int.init) ?? QueryLimits().maximumLimit
        )
    }
}

extension DatabaseDescription.Column {
    /// - Parameter isRowid: whether the key is an INTEGER PRIMARY KEY, which SQLite gives to a row without one.
    fileprivate init?(decoding column: JSONSlice, isRowid: Bool) {
        guard let name = column["name"]?.string else { return nil }
        let form = column["form"]?.string.flatMap(DatabaseDescription.Kind.init)
        var affinity = column["affinity"]?.string.flatMap(DatabaseDescription.Kind.init)
        // To SQLite a FLOATING POINT is an integer, for the INT in it; it holds fractions as well.
        if affinity == .integer, column["type"]?.string?.uppercased().contains("POINT") == true {
            affinity = .real
        }
        let isKey = column["key"].map { !$0.isNull } ?? false
        self.init(
            name: name,
            kind: form ?? affinity ?? .blob,
            isNotNull: column["notNull"]?.bool == true || (isKey && isRowid),
            hasDefault: column["default"].map { !$0.isNull } ?? false || (isKey && isRowid),
            isGenerated: column["generated"].map { !$0.isNull } ?? false,
            isKey: isKey
        )
    }

    /// Whether a new row has to give a value.
    var isRequired: Bool { isNotNull && !hasDefault && !isGenerated }
}

extension DatabaseDescription.Link {
    /// - Parameter nullable: names of the columns that can be NULL.
    fileprivate init?(decoding link: JSONSlice, nullable: Set<String>) {
        guard let name = link["name"]?.string, let table = link["table"]?.string,
            link["shown"]?.isString("none") != true
        else { return nil }
        let columns = link["columns"]?.elements.compactMap(\.string) ?? []
        self.init(name: name, table: table, isNullable: columns.contains { nullable.contains($0) })
    }
}

extension DatabaseDescription.Collection {
    fileprivate init?(decoding collection: JSONSlice) {
        guard let name = collection["name"]?.string, let part = collection["part"]?.string,
            let table = collection["table"]?.string
        else { return nil }
        self.init(name: name, part: part, table: table)
    }
}

extension DatabaseDescription.Query {
    fileprivate init?(decoding query: JSONSlice) {
        guard let name = query["name"]?.string, let resource = query["resource"]?.string else { return nil }
        let parameters = query["parameters"]?.elements.compactMap { parameter in
            parameter["name"]?.string.map {
                DatabaseDescription.Parameter(
                    name: $0,
                    type: parameter["type"]?.string ?? "any",
                    isOptional: parameter["optional"]?.bool ?? false
                )
            }
        }
        self.init(
            name: name,
            resource: resource,
            writes: query["writes"]?.bool ?? false,
            parameters: parameters ?? [],
            columns: query["columns"]?.elements.compactMap(\.string) ?? [],
            defaultLimit: query["defaultLimit"]?.integer.map(Int.init) ?? QueryLimits().defaultLimit,
            limit: query["limit"]?.integer.map(Int.init) ?? QueryLimits().maximumLimit
        )
    }
}
