/// What a table's or view's declaration says beyond what its resources are made of; told in the schema resource.
struct TableDetails: Sendable {
    /// An index of the table.
    struct Index: Sendable {
        let name: String
        let isUnique: Bool
        /// `c` for CREATE INDEX, `u` for UNIQUE, `pk` for PRIMARY KEY.
        let origin: String
        /// Whether it holds only the rows of a WHERE clause.
        let isPartial: Bool
        let columns: [IndexColumn]
    }

    /// One column of an index.
    struct IndexColumn: Sendable {
        /// Nil for an expression, and for the rowid.
        let name: String?
        let isDescending: Bool
        let collation: String
    }

    /// The text of the CREATE statement; nil where it tells of what is hidden.
    var sql: String? = ""
    var isStrict = false
    var indexes: [Index] = []
    var foreignKeys: [SchemaBuilder.ForeignKey] = []
}

/// What the configuration says of the mapping from tables to resources.
struct MappingOptions: Sendable {
    /// By table name.
    var tables: [String: TableOptions] = [:]
    var links = LinkMode.soft
    /// The path below which large blobs are served over HTTP; nil where they are not.
    var blobPath: String?

    init() {}

    init(_ configuration: StoreConfiguration) {
        tables = configuration.tables
        links = configuration.links
        blobPath = configuration.blobPath
    }

    /// The options of a table, whose name may be written in another case, as in SQL.
    func table(_ name: String) -> TableOptions {
        if let options = tables[name] { return options }
        guard !tables.isEmpty else { return TableOptions() }
        return tables.first { $0.key.lowercased() == name.lowercased() }?.value ?? TableOptions()
    }
}
