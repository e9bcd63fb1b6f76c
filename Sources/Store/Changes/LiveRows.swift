import DequeModule
import RESProtocol

import struct NIOCore.ByteBuffer

/// The rows that gateways may hold, with the model they were last told.
///
/// Needed only where other processes may write: what they change is found by comparison. Rows served longest ago are
/// forgotten first; their table is then *overflown*, and gateways have to be told to ask for its rows anew.
struct LiveRows {
    /// Bounds of what is remembered.
    struct Limits: Hashable, Sendable {
        var rows = 20_000
        /// Sum of the models, in bytes.
        var bytes = 32 << 20
    }

    /// Names a row.
    struct ID: Hashable {
        let table: ObjectIdentifier
        let key: RowKey
    }

    struct Row {
        let table: Table
        let key: RowKey
        var model: ByteBuffer
        /// Whether it was served since its turn to be forgotten last came.
        fileprivate var isRecent: Bool
    }

    let limits: Limits
    private(set) var bytes = 0
    private(set) var overflown: [ObjectIdentifier: Table] = [:]
    private var rows: [ID: Row] = [:]
    private var order: Deque<ID> = []

    init(limits: Limits) {
        self.limits = limits
    }

    /// How many rows are remembered.
    var count: Int { rows.count }

    /// All rows; in no particular order.
    var all: [Row] { Array(rows.values) }

    /// Remembers the model of a row that is about to be served.
    mutating func serve(_ table: Table, _ key: RowKey, model: ByteBuffer) {
        let id = ID(table: ObjectIdentifier(table), key: key)
        bytes += model.readableBytes
        if let old = rows.updateValue(Row(table: table, key: key, model: model, isRecent: true), forKey: id) {
            bytes -= old.model.readableBytes
        } else {
            order.append(id)
            // Rows that were removed leave their place in the order behind.
            if order.count > 2 * rows.count + 1000 { order = Deque(Set(order).filter { rows[$0] != nil }) }
        }
        while rows.count > limits.rows || bytes > limits.bytes, let oldest = order.popFirst() {
            forget(oldest)
        }
    }

    /// Whether a row is remembered.
    func contains(_ table: Table, _ key: RowKey) -> Bool {
        rows[ID(table: ObjectIdentifier(table), key: key)] != nil
    }

    /// Replaces the model of a row that is remembered.
    mutating func update(_ table: Table, _ key: RowKey, model: ByteBuffer) {
        let id = ID(table: ObjectIdentifier(table), key: key)
        guard let old = rows[id]?.model else { return }
        bytes += model.readableBytes - old.readableBytes
        rows[id]?.model = model
    }

    /// Forgets a row that is gone.
    mutating func remove(_ table: Table, _ key: RowKey) {
        if let old = rows.removeValue(forKey: ID(table: ObjectIdentifier(table), key: key)) {
            bytes -= old.model.readableBytes
        }
    }

    /// The tables of which rows were forgotten; from now on none, since gateways are told to ask anew.
    mutating func takeOverflown() -> [Table] {
        defer { overflown.removeAll() }
        return overflown.values.sorted { $0.name < $1.name }
    }

    /// Forgets the rows of a table that is no more, or another one from now on.
    mutating func removeAll(of table: Table) {
        for (id, row) in rows where row.table === table {
            rows[id] = nil
            bytes -= row.model.readableBytes
        }
        overflown[ObjectIdentifier(table)] = nil
    }

    mutating func removeAll() {
        rows.removeAll()
        order.removeAll()
        overflown.removeAll()
        bytes = 0
    }

    private mutating func forget(_ id: ID) {
        guard let row = rows[id] else { return }
        if row.isRecent, rows.count > 1 {
            rows[id]?.isRecent = false
            order.append(id)
        } else {
            rows[id] = nil
            bytes -= row.model.readableBytes
            overflown[id.table] = row.table
        }
    }
}

/// The difference between two models of one row.
enum ModelDifference {
    /// An object of the members of `new` that `old` lacks or has another value for, and of those that only `old` has,
    /// with the action to delete them; nil when there are none.
    static func object(from old: ByteBuffer, to new: ByteBuffer) -> JSONSlice? {
        guard old != new else { return nil }
        var before = Dictionary(
            JSONSlice(unchecked: old).members.map { ($0.name, $0.value) },
            uniquingKeysWith: { _, last in last }
        )
        var buffer = ByteBuffer()
        for (name, value) in JSONSlice(unchecked: new).members {
            guard before.removeValue(forKey: name) != value else { continue }
            buffer.writeStaticString(buffer.readableBytes == 0 ? "{" : ",")
            buffer.writeJSON(name)
            buffer.writeStaticString(":")
            buffer.writeJSON(value)
        }
        for (name, _) in JSONSlice(unchecked: old).members where before[name] != nil {
            buffer.writeStaticString(buffer.readableBytes == 0 ? "{" : ",")
            buffer.writeJSON(name)
            buffer.writeStaticString(":{\"action\":\"delete\"}")
        }
        guard buffer.readableBytes > 0 else { return nil }
        buffer.writeStaticString("}")
        return JSONSlice(unchecked: buffer)
    }
}
