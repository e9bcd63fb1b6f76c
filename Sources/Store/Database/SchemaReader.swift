import CSQLite

/// Finds out what a database declares, by SQLite's own introspection.
struct SchemaReader {
    private let connection: SQLiteConnection
    private let options: MappingOptions
    private var leftOut: [String] = []

    init(_ connection: SQLiteConnection, _ options: MappingOptions) {
        self.connection = connection
        self.options = options
    }

    /// Reads the schema; its cost does not depend on the number of rows.
    static func read(
        _ connection: SQLiteConnection,
        serviceName: String,
        options: MappingOptions
    ) throws(SQLiteError) -> Schema {
        var reader = SchemaReader(connection, options)
        let declarations = try reader.declarations()
        return SchemaBuilder(serviceName: serviceName, declarations: declarations, options: options)
            .schema(leftOut: reader.leftOut)
    }

    private mutating func declarations() throws(SQLiteError) -> [SchemaBuilder.Declaration] {
        let tables = try connection.prepare(
            """
            SELECT l.name, l.type, l.wr, l.strict, s.sql FROM pragma_table_list AS l
            LEFT JOIN sqlite_schema AS s ON s.name = l.name AND s.type IN ('table', 'view')
            WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.rowid
            """
        )
        var declarations: [SchemaBuilder.Declaration] = []
        var indices: [SearchIndex] = []
        while try tables.step() {
            let name = tables.text(0)
            guard !options.table(name).isHidden else {
                leftOut.append(name + Schema.hiddenMark)
                continue
            }
            switch tables.text(1) {
            case "table" where name == ResourceTable.name: break
            case "table":
                var table = try table(
                    name,
                    hasRowid: tables.integer(2) == 0,
                    isStrict: tables.integer(3) != 0
                )
                table.details.sql = tables.text(4)
                declarations.append(table)
            case "view":
                guard var view = try view(name) else { continue }
                view.details.sql = tables.text(4)
                declarations.append(view)
            case "virtual":
                if let index = FullTextClause.index(name: name, sql: tables.text(4)) {
                    indices.append(index)
                } else {
                    leftOut.append("\(name) (virtual table)")
                }
            default: break
            }
        }
        for index in indices {
            let position = declarations.firstIndex { $0.name.lowercased() == index.content.lowercased() }
            if let position, declarations[position].hasRowid, !declarations[position].isView {
                declarations[position].searchIndex = index
            } else {
                leftOut.append("\(index.name) (full-text index of \(index.content))")
            }
        }
        return declarations
    }

    private func table(
        _ name: String,
        hasRowid: Bool,
        isStrict: Bool = false
    ) throws(SQLiteError) -> SchemaBuilder.Declaration {
        var declaration = SchemaBuilder.Declaration(name: name, columns: [], hasRowid: hasRowid)
        declaration.details.isStrict = isStrict
        let hidden = options.table(name).hiddenColumns
        var keyOrder: [(order: Int64, name: String, type: String)] = []
        let columns = try connection.prepare(
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)"
        )
        try columns.bind([.text(SQLBytes(name))])
        var position = 0
        var storedPosition = 0
        while try columns.step() {
            let generation = SchemaReader.generation(hidden: columns.integer(5))
            var column = Column.Declaration(
                name: columns.text(0),
                // ANY converts nothing in a STRICT table, as if no type were declared.
                type: isStrict && columns.text(1).uppercased() == "ANY" ? "" : columns.text(1),
                isNotNull: columns.integer(2) != 0,
                defaultSQL: columns.isNull(3) ? nil : columns.text(3),
                generation: generation
            )
            column.position = position
            column.storedPosition = storedPosition
            position += 1
            if generation != .virtual { storedPosition += 1 }
            if columns.integer(4) > 0 { keyOrder.append((columns.integer(4), column.name, column.type)) }
            // Without a column of the key no row could be told from another.
            guard columns.integer(5) != 1, !hidden.contains(column.name) || columns.integer(4) > 0 else {
                continue
            }
            column.collation = collation(table: name, column: column.name)
            declaration.columns.append(column)
        }
        keyOrder.sort { $0.order < $1.order }
        declaration.key = keyOrder.map(\.name)
        if keyOrder.count == 1, keyOrder[0].type.uppercased() == "INTEGER", hasRowid {
            declaration.isIntegerKey = try !hasKeyIndex(name)
        }
        declaration.foreignKeys = try foreignKeys(name)
        declaration.details.indexes = try indexes(name)
        return declaration
    }

    /// Whether the declared key has an index of its own, as `INTEGER PRIMARY KEY DESC` has: then it is no rowid alias.
    private func hasKeyIndex(_ table: String) throws(SQLiteError) -> Bool {
        let indices = try connection.prepare("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'")
        try indices.bind([.text(SQLBytes(table))])
        defer { indices.reset() }
        return try indices.step()
    }

    private static func generation(hidden: Int64) -> Column.Generation {
        switch hidden {
        case 2: .virtual
        case 3: .stored
        default: .none
        }
    }

    private func collation(table: String, column: String) -> Collation {
        var name: UnsafePointer<CChar>?
        let code = sqlite3_table_column_metadata(
            connection.handle,
            "main",
            table,
            column,
            nil,
            &name,
            nil,
            nil,
            nil
        )
        guard code == SQLITE_OK, let name else { return .binary }
        return Collation(name: String(cString: name))
    }

    private func foreignKeys(_ table: String) throws(SQLiteError) -> [SchemaBuilder.ForeignKey] {
        let rows = try connection.prepare(
            "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq"
        )
        try rows.bind([.text(SQLBytes(table))])
        var keys: [(id: Int64, key: SchemaBuilder.ForeignKey)] = []
        while try rows.step() {
            if keys.last?.id != rows.integer(0) {
                let key = SchemaBuilder.ForeignKey(
                    columns: [],
                    target: rows.text(1),
                    targetColumns: [],
                    onDelete: rows.text(4),
                    onUpdate: rows.text(5)
                )
                keys.append((rows.integer(0), key))
            }
            keys[keys.count - 1].key.columns.append(rows.text(2))
            if !rows.isNull(3) { keys[keys.count - 1].key.targetColumns.append(rows.text(3)) }
        }
        return keys.map(\.key)
    }

    private func indexes(_ table: String) throws(SQLiteError) -> [TableDetails.Index] {
        let rows = try connection.prepare(
            "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?) ORDER BY seq DESC"
        )
        try rows.bind([.text(SQLBytes(table))])
        var indexes: [TableDetails.Index] = []
        while try rows.step() {
            indexes.append(
                TableDetails.Index(
                    name: rows.text(0),
                    isUnique: rows.integer(1) != 0,
                    origin: rows.text(2),
                    isPartial: rows.integer(3) != 0,
                    columns: try indexColumns(rows.text(0))
                )
            )
        }
        return indexes
    }

    private func indexColumns(_ index: String) throws(SQLiteError) -> [TableDetails.IndexColumn] {
        let rows = try connection.prepare(
            "SELECT name, \"desc\", coll FROM pragma_index_xinfo(?) WHERE \"key\" ORDER BY seqno"
        )
        try rows.bind([.text(SQLBytes(index))])
        var columns: [TableDetails.IndexColumn] = []
        while try rows.step() {
            columns.append(
                TableDetails.IndexColumn(
                    name: rows.isNull(0) ? nil : rows.text(0),
                    isDescending: rows.integer(1) != 0,
                    collation: rows.text(2)
                )
            )
        }
        return columns
    }

    /// A view with the tables it reads; nil, and noted as left out, when its definition no longer compiles.
    private mutating func view(_ name: String) throws(SQLiteError) -> SchemaBuilder.Declaration? {
        do {
            let dependencies = try ReadDependencies.of(
                "SELECT * FROM \(SQLText.quoted(name))",
                on: connection
            )
            var declaration = try table(name, hasRowid: false)
            declaration.isView = true
            declaration.key = options.table(name).key
            declaration.columnsRead = dependencies.filter { $0.key != name }
            return declaration
        } catch {
            guard error.code == SQLITE_ERROR else { throw error }
            leftOut.append("\(name) (\(error.message))")
            return nil
        }
    }
}
