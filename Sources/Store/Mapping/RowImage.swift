import RESProtocol

import struct NIOCore.ByteBuffer

/// The values of a row, one for each column that is shown.
typealias RowImage = [SQLValue]

/// The values a row had before a change; nil where the preupdate hook cannot tell.
typealias PriorImage = [SQLValue?]

extension Table {
    /// Writes the model of a row: columns, links, collections of rows that refer to it.
    func writeModel(_ image: RowImage, key: RowKey, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for column in columns {
            if column.index > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            buffer.writeValue(image[column.index], as: column.form)
        }
        writeReferences(key: key, into: &buffer) { image[$0] }
        buffer.writeStaticString("}")
    }

    /// Writes the members that follow the columns, each with a comma before it.
    func writeReferences(
        key: RowKey,
        into buffer: inout ByteBuffer,
        value: (_ column: Int) -> SQLValue
    ) {
        for link in links {
            buffer.writeStaticString(",")
            buffer.writeJSON(link.name)
            buffer.writeStaticString(":")
            link.write(link.columns.map(value), into: &buffer)
        }
        guard !reverses.isEmpty else { return }
        let row = rowName(key)
        for reverse in reverses {
            buffer.writeStaticString(",")
            buffer.writeJSON(reverse.name)
            buffer.writeStaticString(":")
            ResourceValue.softReference(ResourceID(unchecked: row + "." + reverse.part)).encode(into: &buffer)
        }
    }

    /// The columns in which a row differs from what it was.
    ///
    /// A value that the hook could not tell counts as different, but a computed one alone makes no difference.
    func changedColumns(from old: PriorImage, to new: RowImage) -> [Column] {
        let changed = columns.filter { old[$0.index] != new[$0.index] }
        return changed.contains { $0.generation != .virtual } ? changed : []
    }

    /// Writes an object of the properties that changed: columns, and the links that follow from them.
    func writeChange(of changed: [Column], to new: RowImage, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for (position, column) in changed.enumerated() {
            if position > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            buffer.writeValue(new[column.index], as: column.form)
        }
        for link in links
        where link.columns.contains(where: { index in changed.contains { $0.index == index } }) {
            buffer.writeStaticString(",")
            buffer.writeJSON(link.name)
            buffer.writeStaticString(":")
            link.write(link.columns.map { new[$0] }, into: &buffer)
        }
        buffer.writeStaticString("}")
    }
}

extension Link {
    /// Writes the soft reference to the row with a key; null where there can be none.
    func write(_ key: [SQLValue], into buffer: inout ByteBuffer) {
        guard let key = rowKey(key) else {
            buffer.writeStaticString("null")
            return
        }
        let id = ResourceID(unchecked: target + "." + key.encoded(as: targetAffinities))
        ResourceValue.softReference(id).encode(into: &buffer)
    }

    private func rowKey(_ values: [SQLValue]) -> RowKey? {
        guard !values.contains(.null) else { return nil }
        guard targetsInteger else { return .values(values) }
        guard case .integer(let id) = values.first else { return nil }
        return .integer(id)
    }
}
