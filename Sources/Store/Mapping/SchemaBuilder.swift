/// Makes resources out of what introspection found: names, keys, links in both directions.
struct SchemaBuilder {
    /// A table or view as the database declares it.
    struct Declaration {
        var name: String
        var columns: [Column.Declaration]
        /// Names of the declared key's columns, in key order.
        var key: [String] = []
        /// Whether the one key column is an alias of the rowid.
        var isIntegerKey = false
        var hasRowid = true
        var isView = false
        var foreignKeys: [ForeignKey] = []
        /// For a view, the tables it reads, each with the columns, in lower case.
        var columnsRead: [String: Set<String>] = [:]
        var searchIndex: SearchIndex?
        var details = TableDetails()
    }

    /// A FOREIGN KEY clause.
    struct ForeignKey {
        var columns: [String]
        var target: String
        /// The columns referred to; empty for the target's key.
        var targetColumns: [String]
        /// What becomes of the row when the one it refers to is deleted, as `CASCADE`.
        var onDelete: String
        /// What becomes of it when the key it refers to changes.
        var onUpdate = "NO ACTION"
    }

    let serviceName: String
    let options: MappingOptions
    private let declarations: [Declaration]
    private let byFoldedName: [String: Declaration]

    init(serviceName: String, declarations: [Declaration], options: MappingOptions = MappingOptions()) {
        self.serviceName = serviceName
        self.options = options
        self.declarations = declarations
        byFoldedName = Dictionary(
            declarations.map { ($0.name.lowercased(), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The schema; `leftOut` names what the caller found and does not serve.
    func schema(leftOut: [String]) -> Schema {
        let tables = declarations.map { declaration in
            let links = links(of: declaration)
            let tableOptions = options.table(declaration.name)
            return Table(
                name: declaration.name,
                resourceName: resourceName(declaration.name),
                columns: declaration.columns.enumerated().map { Column($1, index: $0) },
                key: key(of: declaration),
                hasRowid: declaration.hasRowid && !declaration.isView,
                isView: declaration.isView,
                links: links,
                reverses: reverses(
                    of: declaration,
                    taken: declaration.columns.map(\.name) + links.map(\.name)
                ),
                references: references(of: declaration),
                searchIndex: declaration.searchIndex,
                columnsRead: declaration.columnsRead,
                options: tableOptions,
                linkMode: tableOptions.links ?? options.links,
                blobPath: options.blobPath
            )
        }
        let details = declarations.map { ($0.name, self.details(of: $0)) }
        return Schema(
            serviceName: serviceName,
            tables: tables,
            leftOut: leftOut,
            details: Dictionary(details, uniquingKeysWith: { first, _ in first })
        )
    }

    /// What is told of a declaration: nothing of what is hidden.
    private func details(of declaration: Declaration) -> TableDetails {
        var details = declaration.details
        let hidden = hiddenColumns(of: declaration.name)
        details.indexes.removeAll { index in
            index.columns.contains { $0.name.map { hidden.contains($0.lowercased()) } ?? !hidden.isEmpty }
        }
        details.foreignKeys = declaration.foreignKeys.filter { key in
            hidden.isDisjoint(with: key.columns.map { $0.lowercased() })
                && !options.table(key.target).isHidden
                && hiddenColumns(of: key.target).isDisjoint(with: key.targetColumns.map { $0.lowercased() })
        }
        let text = details.sql?.lowercased() ?? ""
        let tellsHidden = options.tables.contains { name, options in
            let isPartlyHidden = options.isHidden || !options.hiddenColumns.isEmpty
            return isPartlyHidden && text.contains(name.lowercased())
        }
        if tellsHidden || !hidden.isEmpty { details.sql = nil }
        return details
    }

    /// In lower case.
    private func hiddenColumns(of table: String) -> Set<String> {
        Set(options.table(table).hiddenColumns.map { $0.lowercased() })
    }

    private func resourceName(_ table: String) -> String { serviceName + "." + NamePart.encode(table) }

    private func key(of declaration: Declaration) -> Table.Key {
        let indices = indices(of: declaration.key, in: declaration)
        guard !declaration.isView else {
            return indices.flatMap { $0.isEmpty ? nil : .columns($0) } ?? .none
        }
        if let indices, let first = indices.first {
            return declaration.isIntegerKey && indices.count == 1
                ? .integer(column: first) : .columns(indices)
        }
        let names = Set(declaration.columns.map { $0.name.lowercased() })
        guard let rowid = ["rowid", "_rowid_", "oid"].first(where: { !names.contains($0) }) else {
            return .none
        }
        return .rowid(name: rowid)
    }

    private func indices(of names: [String], in declaration: Declaration) -> [Int]? {
        let folded = declaration.columns.map { $0.name.lowercased() }
        let indices = names.compactMap { folded.firstIndex(of: $0.lowercased()) }
        return indices.count == names.count ? indices : nil
    }

    private func links(of declaration: Declaration) -> [Link] {
        var taken = Set(declaration.columns.map(\.name))
        return declaration.foreignKeys.compactMap { foreignKey in
            guard let target = byFoldedName[foreignKey.target.lowercased()],
                let columns = keyColumns(of: foreignKey, in: declaration, target: target),
                let name = linkName(foreignKey), taken.insert(name).inserted
            else { return nil }
            let key = key(of: target)
            return Link(
                name: name,
                part: NamePart.encode(name),
                columns: columns,
                targetTable: target.name,
                target: resourceName(target.name),
                targetAffinities: target.key.compactMap { name in
                    target.columns.first { $0.name.lowercased() == name.lowercased() }.map {
                        Affinity(declaredType: $0.type)
                    }
                },
                targetsInteger: key.isInteger
            )
        }
    }

    /// The referring columns in the order of the target's key; nil when the reference is not to that key.
    private func keyColumns(of foreignKey: ForeignKey, in child: Declaration, target: Declaration) -> [Int]? {
        guard !target.key.isEmpty, foreignKey.columns.count == target.key.count,
            let columns = indices(of: foreignKey.columns, in: child)
        else { return nil }
        guard !foreignKey.targetColumns.isEmpty else { return columns }
        let order = foreignKey.targetColumns.map { $0.lowercased() }
        let positions = target.key.compactMap { order.firstIndex(of: $0.lowercased()) }
        guard positions.count == columns.count else { return nil }
        return positions.map { columns[$0] }
    }

    /// A single column's name less `_id`; the target's name for a key of several columns.
    private func linkName(_ foreignKey: ForeignKey) -> String? {
        guard let column = foreignKey.columns.first, foreignKey.columns.count == 1 else {
            return foreignKey.target
        }
        if column.lowercased().hasSuffix("_id"), column.utf8.count > 3 { return String(column.dropLast(3)) }
        // `ArtistId`, `authorId`, `CustomerID`
        let stem = column.dropLast(2)
        guard column.hasSuffix("Id") || column.hasSuffix("ID"), stem.last?.isLowercase == true else {
            return nil
        }
        return String(stem)
    }

    private func references(of declaration: Declaration) -> [Reference] {
        declaration.foreignKeys.compactMap { foreignKey in
            guard let target = byFoldedName[foreignKey.target.lowercased()],
                let columns = indices(of: foreignKey.columns, in: declaration)
            else { return nil }
            let targetColumns = foreignKey.targetColumns.isEmpty ? target.key : foreignKey.targetColumns
            return Reference(
                columns: columns,
                target: target.name,
                targetColumns: targetColumns,
                restrictsDelete: ["NO ACTION", "RESTRICT"].contains(foreignKey.onDelete)
            )
        }
    }

    private func reverses(of declaration: Declaration, taken: [String]) -> [Reverse] {
        var taken = Set(taken)
        var reverses: [Reverse] = []
        for child in declarations {
            let referring = child.foreignKeys.filter {
                $0.target.lowercased() == declaration.name.lowercased()
            }
            for foreignKey in referring {
                guard let columns = keyColumns(of: foreignKey, in: child, target: declaration) else {
                    continue
                }
                let long = child.name + ":" + foreignKey.columns.joined(separator: ",")
                let name = referring.count > 1 || taken.contains(child.name) ? long : child.name
                guard taken.insert(name).inserted else { continue }
                reverses.append(
                    Reverse(
                        name: name,
                        part: NamePart.encode(name),
                        table: child.name,
                        columns: columns,
                        columnNames: columns.map { child.columns[$0].name }
                    )
                )
            }
        }
        return reverses
    }
}

extension Table.Key {
    /// Whether rows are identified by one 64-bit integer.
    var isInteger: Bool {
        switch self {
        case .rowid, .integer: true
        case .columns, .none: false
        }
    }
}
