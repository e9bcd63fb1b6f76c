/// A table or view as resources: what its rows are called, hold and link to.
///
/// Immutable; a change of the schema makes new ones. Two are the same when they are identical.
final class Table: Sendable {
    /// What tells a row from the others.
    enum Key: Hashable, Sendable {
        /// The rowid, under a name that no column hides, since no key is declared.
        case rowid(name: String)
        /// A column that is an alias of the rowid.
        case integer(column: Int)
        /// The declared key of any other kind, in key order.
        case columns([Int])
        /// None: rows are values, as in a view.
        case none
    }

    let name: String
    /// As the id of the collection, `library.books`.
    let resourceName: String
    let columns: [Column]
    let key: Key
    /// Whether rows are stored by rowid; false for WITHOUT ROWID tables and views.
    let hasRowid: Bool
    let isView: Bool
    /// Soft references of a row, in the order they are shown in.
    let links: [Link]
    /// Collections of the rows that refer to a row of this table.
    let reverses: [Reverse]
    /// Every foreign key, in the order of declaration.
    let references: [Reference]
    /// The full-text index that covers the rows.
    let searchIndex: SearchIndex?
    /// For a view, the tables it reads, each with the columns, in lower case; empty for a table.
    let columnsRead: [String: Set<String>]
    /// How it is served.
    let options: TableOptions
    /// How rows show the rows they refer to.
    let linkMode: LinkMode
    /// The path below which large blobs are served over HTTP; nil where they are not.
    let blobPath: String?

    private let columnPositions: [String: Int]

    init(
        name: String,
        resourceName: String,
        columns: [Column],
        key: Key,
        hasRowid: Bool,
        isView: Bool = false,
        links: [Link] = [],
        reverses: [Reverse] = [],
        references: [Reference] = [],
        searchIndex: SearchIndex? = nil,
        columnsRead: [String: Set<String>] = [:],
        options: TableOptions = TableOptions(),
        linkMode: LinkMode = .soft,
        blobPath: String? = nil
    ) {
        self.name = name
        self.resourceName = resourceName
        self.columns = columns
        self.key = key
        self.hasRowid = hasRowid
        self.isView = isView
        self.links = links
        self.reverses = reverses
        self.references = references
        self.searchIndex = searchIndex
        self.columnsRead = columnsRead
        self.options = options
        self.linkMode = linkMode
        self.blobPath = blobPath
        columnPositions = Dictionary(
            columns.map { ($0.name, $0.index) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The column with exactly that name.
    func column(named name: String) -> Column? { columnPositions[name].map { columns[$0] } }

    /// The columns of the declared key, in key order; none when the rowid or nothing identifies a row.
    var keyColumns: [Column] {
        switch key {
        case .rowid, .none: []
        case .integer(let column): [columns[column]]
        case .columns(let indices): indices.map { columns[$0] }
        }
    }

    /// For a view, the names of the tables it reads; empty for a table.
    var dependencies: Set<String> { Set(columnsRead.keys) }

    /// How much a query of the table may ask for.
    func limits(_ limits: QueryLimits) -> QueryLimits {
        var limits = limits
        if let maximum = options.maximumLimit { limits.maximumLimit = maximum }
        limits.defaultLimit = min(options.defaultLimit ?? limits.defaultLimit, limits.maximumLimit)
        return limits
    }

    /// Whether a row's image in the preupdate hook may lack a column.
    var hasUntoldColumns: Bool { columns.contains { $0.generation == .virtual || $0.hasConstantDefault } }

    /// The resource name of a row.
    func rowName(_ key: RowKey) -> String {
        resourceName + "." + key.encoded(as: keyColumns.map(\.affinity))
    }

    /// The path that serves the bytes of a large blob; nil where none does.
    func blobAddress(_ key: RowKey, _ column: Column) -> String? {
        guard let blobPath else { return nil }
        let path = rowName(key).split(separator: ".").joined(separator: "/")
        return blobPath + path + "/" + NamePart.encode(column.name)
    }

    /// The resource name of the rows that refer to a row.
    func reverseName(_ key: RowKey, _ reverse: Reverse) -> String {
        rowName(key) + "." + reverse.part
    }
}

/// A foreign key as a soft reference of a row.
struct Link: Sendable {
    /// The property.
    let name: String
    /// The name as `expand` writes it.
    let part: String
    /// The columns that hold the key of the row referred to, in that table's key order.
    let columns: [Int]
    /// The table referred to.
    let targetTable: String
    /// The resource name of the table referred to.
    let target: String
    /// Affinities of that table's key.
    let targetAffinities: [Affinity]
    /// Whether that table's key is its rowid.
    let targetsInteger: Bool
}

/// An FTS5 table whose content is another table's rows.
struct SearchIndex: Hashable, Sendable {
    /// The virtual table.
    let name: String
    /// The table whose rows it covers.
    let content: String
    /// The column of that table by which rows are found.
    let rowid: String
}

/// A foreign key as it is declared.
struct Reference: Hashable, Sendable {
    let columns: [Int]
    /// The table referred to.
    let target: String
    let targetColumns: [String]
    /// Whether a row that is referred to cannot be deleted (no cascade, no new value).
    let restrictsDelete: Bool
}

/// The rows of another table whose foreign key refers to a row.
struct Reverse: Sendable {
    /// The property, and decoded part of the resource name.
    let name: String
    /// The part of the resource name.
    let part: String
    /// The table that refers.
    let table: String
    /// Its columns, in the key order of the table referred to.
    let columns: [Int]
    /// Their names.
    let columnNames: [String]
}
