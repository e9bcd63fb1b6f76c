import RESProtocol

import struct NIOCore.ByteBuffer

/// A JSON object that is put together member by member, in that order.
struct JSONObject: Equatable {
    private(set) var names: [String] = []
    private(set) var values: [JSONSlice] = []

    /// Sets a text; nil is `null`.
    mutating func set(_ name: String, _ text: String?) {
        set(name, text.map { JSONSlice(string: $0) } ?? .null)
    }

    /// Sets a whole number; nil is `null`.
    mutating func set(_ name: String, integer: (some BinaryInteger)?) {
        set(name, integer.map { JSONSlice(integer: $0) } ?? .null)
    }

    /// Sets a number, to a hundredth.
    mutating func set(_ name: String, number: Double) {
        let rounded = (number * 100).rounded() / 100
        set(name, rounded.isFinite ? JSONSlice(unchecked: ByteBuffer(string: "\(rounded)")) : .null)
    }

    mutating func set(_ name: String, flag: Bool) {
        set(name, JSONSlice(unchecked: ByteBuffer(string: flag ? "true" : "false")))
    }

    /// Sets an array or object as a data value, as models hold such.
    mutating func set(_ name: String, data: JSONSlice) {
        var value = ByteBuffer(string: "{\"data\":")
        value.writeJSON(data)
        value.writeString("}")
        set(name, JSONSlice(unchecked: value))
    }

    /// Sets any value; of a name that is there, the value is replaced.
    mutating func set(_ name: String, _ value: JSONSlice) {
        if let index = names.firstIndex(of: name) {
            values[index] = value
        } else {
            names.append(name)
            values.append(value)
        }
    }

    subscript(name: String) -> JSONSlice? { names.firstIndex(of: name).map { values[$0] } }

    /// The object as JSON.
    var slice: JSONSlice { .object(zip(names, values).map { (name: $0, value: $1) }) }

    /// The members that are not as they were in another object of the same names; nil when all are.
    func changes(since old: JSONObject) -> JSONObject? {
        var changed = JSONObject()
        for (index, name) in names.enumerated() where old[name] != values[index] {
            changed.set(name, values[index])
        }
        return changed.names.isEmpty ? nil : changed
    }
}
