import RESProtocol

import struct NIOCore.ByteBuffer

/// The values of a row, one for each column that is shown.
typealias RowImage = [SQLValue]

/// The values a row had before a change; nil where the preupdate hook cannot tell.
typealias PriorImage = [SQLValue?]

extension Table {
    /// Writes the model of a row: columns, links, collections of rows that refer to it.
    func writeModel(
        _ image: RowImage,
        key: RowKey,
        expanding expansion: Expansion? = nil,
        into buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("{")
        for column in columns {
            if column.index > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            write(image[column.index], of: column, key: key, into: &buffer)
        }
        writeReferences(key: key, expanding: expansion, into: &buffer) { image[$0] }
        buffer.writeStaticString("}")
    }

    /// Writes the members that follow the columns, each with a comma before it.
    func writeReferences(
        key: RowKey,
        expanding expansion: Expansion? = nil,
        into buffer: inout ByteBuffer,
        value: (_ column: Int) -> SQLValue
    ) {
        for link in links {
            let expanded = expansion?.children[link.part]
            guard linkMode != .none || expanded != nil else { continue }
            buffer.writeStaticString(",")
            buffer.writeJSON(link.name)
            buffer.writeStaticString(":")
            let isHard = linkMode == .hard || expanded != nil
            link.write(link.columns.map(value), isHard: isHard, expanded, into: &buffer)
        }
        guard !reverses.isEmpty else { return }
        let row = rowName(key)
        for reverse in reverses {
            let expanded = expansion?.children[reverse.part]
            guard linkMode != .none || expanded != nil else { continue }
            buffer.writeStaticString(",")
            buffer.writeJSON(reverse.name)
            buffer.writeStaticString(":")
            let id = ResourceID(unchecked: row + "." + reverse.part + (expanded?.querySuffix ?? ""))
            (expanded == nil ? ResourceValue.softReference(id) : .reference(id)).encode(into: &buffer)
        }
    }

    private func write(_ value: SQLValue, of column: Column, key: RowKey, into buffer: inout ByteBuffer) {
        if case .blob(let bytes) = value, bytes.count > ModelEncoding.maximumInlineBlob {
            buffer.writeLargeBlob(bytes, at: blobAddress(key, column))
        } else {
            buffer.writeValue(value, as: column.form)
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
    func writeChange(of changed: [Column], to new: RowImage, key: RowKey, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for (position, column) in changed.enumerated() {
            if position > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            write(new[column.index], of: column, key: key, into: &buffer)
        }
        if linkMode != .none {
            for link in links
            where link.columns.contains(where: { index in changed.contains { $0.index == index } }) {
                buffer.writeStaticString(",")
                buffer.writeJSON(link.name)
                buffer.writeStaticString(":")
                link.write(link.columns.map { new[$0] }, isHard: linkMode == .hard, nil, into: &buffer)
            }
        }
        buffer.writeStaticString("}")
    }
}

extension Link {
    /// Writes the reference to the row with a key; null where there can be none.
    func write(
        _ key: [SQLValue],
        isHard: Bool,
        _ expansion: Expansion?,
        into buffer: inout ByteBuffer
    ) {
        guard let key = rowKey(key) else {
            buffer.writeStaticString("null")
            return
        }
        let name = target + "." + key.encoded(as: targetAffinities) + (expansion?.querySuffix ?? "")
        let id = ResourceID(unchecked: name)
        (isHard ? ResourceValue.reference(id) : .softReference(id)).encode(into: &buffer)
    }

    private func rowKey(_ values: [SQLValue]) -> RowKey? {
        guard !values.contains(.null) else { return nil }
        guard targetsInteger else { return .values(values) }
        guard case .integer(let id) = values.first else { return nil }
        return .integer(id)
    }
}
