import RESProtocol

import struct NIOCore.ByteBuffer

/// The schema resource, `library.$schema`: all that a program needs to show, type or document the tables.
extension Schema {
    /// Writes the model: `service`, `tables` and `queries` as data values, and what is not served.
    func writeDescription(queries: [NamedQuery], limits: QueryLimits, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"service\":")
        buffer.writeJSON(serviceName)
        buffer.writeStaticString(",\"tables\":{\"data\":")
        buffer.writeList(tables) { buffer, table in
            buffer.writeStaticString("{")
            table.writeMapping(into: &buffer)
            let limits = table.limits(limits)
            buffer.writeMember("defaultLimit")
            buffer.writeJSON(limits.defaultLimit)
            buffer.writeMember("limit")
            buffer.writeJSON(limits.maximumLimit)
            details[table.name]?.write(of: table, into: &buffer)
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString("},\"queries\":{\"data\":")
        buffer.writeList(queries) { $1.writeDescription(in: self, limits: limits, into: &$0) }
        buffer.writeStaticString("},\"notServed\":{\"data\":")
        buffer.writeNames(leftOut.filter { !$0.hasSuffix(Schema.hiddenMark) })
        buffer.writeStaticString("}}")
    }
}

extension Table {
    /// Writes the members that say what the resources are; two tables with equal ones are served alike.
    func writeMapping(into buffer: inout ByteBuffer) {
        buffer.writeMember("name", first: true)
        buffer.writeJSON(name)
        buffer.writeMember("resource")
        buffer.writeJSON(resourceName)
        buffer.writeMember("type")
        buffer.writeJSON(isView ? "view" : "table")
        buffer.writeMember("writable")
        buffer.writeJSON(!isView)
        buffer.writeMember("key")
        writeKey(into: &buffer)
        buffer.writeMember("columns")
        buffer.writeList(columns) { buffer, column in
            let position = keyColumns.firstIndex { $0.index == column.index }
            column.writeDescription(keyPosition: position.map { $0 + 1 }, into: &buffer)
        }
        buffer.writeMember("links")
        writeLinks(into: &buffer)
        buffer.writeMember("collections")
        writeReverses(into: &buffer)
        buffer.writeMember("search")
        if let searchIndex { buffer.writeJSON(searchIndex.name) } else { buffer.writeJSON(.null) }
        buffer.writeMember("reads")
        buffer.writeNames(dependencies.sorted())
    }

    private func writeKey(into buffer: inout ByteBuffer) {
        let kind =
            switch key {
            case .rowid: "rowid"
            case .integer: "integer"
            case .columns: "columns"
            case .none: "none"
            }
        buffer.writeMember("kind", first: true, opening: true)
        buffer.writeJSON(kind)
        buffer.writeMember("columns")
        buffer.writeNames(keyColumns.map(\.name))
        buffer.writeStaticString("}")
    }

    private func writeLinks(into buffer: inout ByteBuffer) {
        buffer.writeList(links) { buffer, link in
            buffer.writeMember("name", first: true, opening: true)
            buffer.writeJSON(link.name)
            buffer.writeMember("columns")
            buffer.writeNames(link.columns.map { columns[$0].name })
            buffer.writeMember("table")
            buffer.writeJSON(link.targetTable)
            buffer.writeMember("resource")
            buffer.writeJSON(link.target)
            buffer.writeMember("shown")
            buffer.writeJSON(linkMode.rawValue)
            buffer.writeStaticString("}")
        }
    }

    private func writeReverses(into buffer: inout ByteBuffer) {
        buffer.writeList(reverses) { buffer, reverse in
            buffer.writeMember("name", first: true, opening: true)
            buffer.writeJSON(reverse.name)
            buffer.writeMember("part")
            buffer.writeJSON(reverse.part)
            buffer.writeMember("table")
            buffer.writeJSON(reverse.table)
            buffer.writeMember("columns")
            buffer.writeNames(reverse.columnNames)
            buffer.writeStaticString("}")
        }
    }
}

extension Column {
    /// - Parameter keyPosition: position in the key, from 1; nil outside it.
    fileprivate func writeDescription(keyPosition: Int?, into buffer: inout ByteBuffer) {
        buffer.writeMember("name", first: true, opening: true)
        buffer.writeJSON(name)
        buffer.writeMember("type")
        buffer.writeJSON(declaredType)
        buffer.writeMember("affinity")
        buffer.writeJSON("\(affinity)")
        buffer.writeMember("form")
        buffer.writeJSON("\(form)")
        buffer.writeMember("key")
        if let keyPosition { buffer.writeJSON(keyPosition) } else { buffer.writeJSON(.null) }
        buffer.writeMember("notNull")
        buffer.writeJSON(isNotNull)
        buffer.writeMember("default")
        if let defaultSQL { buffer.writeJSON(defaultSQL) } else { buffer.writeJSON(.null) }
        buffer.writeMember("generated")
        if generation == .none { buffer.writeJSON(.null) } else { buffer.writeJSON("\(generation)") }
        buffer.writeMember("collation")
        buffer.writeJSON(collation.name)
        buffer.writeStaticString("}")
    }
}

extension TableDetails {
    /// Writes further members of a table's description, each with a comma before it.
    fileprivate func write(of table: Table, into buffer: inout ByteBuffer) {
        buffer.writeMember("strict")
        buffer.writeJSON(isStrict)
        buffer.writeMember("withoutRowid")
        buffer.writeJSON(!table.hasRowid && !table.isView)
        buffer.writeMember("foreignKeys")
        buffer.writeList(foreignKeys) { $1.write(into: &$0) }
        buffer.writeMember("indexes")
        buffer.writeList(indexes) { $1.write(into: &$0) }
        buffer.writeMember("sql")
        if let sql { buffer.writeJSON(sql) } else { buffer.writeJSON(.null) }
    }
}

extension SchemaBuilder.ForeignKey {
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.writeMember("columns", first: true, opening: true)
        buffer.writeNames(columns)
        buffer.writeMember("table")
        buffer.writeJSON(target)
        buffer.writeMember("targetColumns")
        buffer.writeNames(targetColumns)
        buffer.writeMember("onUpdate")
        buffer.writeJSON(onUpdate)
        buffer.writeMember("onDelete")
        buffer.writeJSON(onDelete)
        buffer.writeStaticString("}")
    }
}

extension TableDetails.Index {
    fileprivate func write(into buffer: inout ByteBuffer) {
        buffer.writeMember("name", first: true, opening: true)
        buffer.writeJSON(name)
        buffer.writeMember("unique")
        buffer.writeJSON(isUnique)
        buffer.writeMember("origin")
        buffer.writeJSON(origin)
        buffer.writeMember("partial")
        buffer.writeJSON(isPartial)
        buffer.writeMember("columns")
        buffer.writeList(columns) { buffer, column in
            buffer.writeMember("name", first: true, opening: true)
            if let name = column.name { buffer.writeJSON(name) } else { buffer.writeJSON(.null) }
            buffer.writeMember("descending")
            buffer.writeJSON(column.isDescending)
            buffer.writeMember("collation")
            buffer.writeJSON(column.collation)
            buffer.writeStaticString("}")
        }
        buffer.writeStaticString("}")
    }
}

extension Table {
    /// Whether another table's rows are the same resources with the same properties.
    func isServed(like other: Table) -> Bool {
        guard references == other.references, columnsRead == other.columnsRead, options == other.options,
            columns.map(\.storedPosition) == other.columns.map(\.storedPosition),
            columns.map(\.position) == other.columns.map(\.position)
        else { return false }
        var mine = ByteBuffer()
        var others = ByteBuffer()
        writeMapping(into: &mine)
        other.writeMapping(into: &others)
        return mine == others
    }
}
