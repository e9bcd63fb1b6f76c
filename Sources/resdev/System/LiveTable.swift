import RESProtocol

import struct NIOCore.ByteBuffer

/// A collection of models below `$sys`, kept by comparing what it holds with what there is now.
struct LiveTable {
    /// The collection's name; a model's is that, a dot, and its key.
    let name: String
    private var keys: [String] = []
    private var rows: [String: JSONObject] = [:]

    init(name: String) { self.name = name }

    /// Takes what there is now, and gives the events by which followers learn of it. What is new comes last.
    mutating func update(_ current: [(key: String, row: JSONObject)]) -> [SystemEvent] {
        var events: [SystemEvent] = []
        var now: [String: JSONObject] = [:]
        var added: [String] = []
        for (key, row) in current {
            if let old = rows[key] {
                if let changes = row.changes(since: old) {
                    events.append(.change(changes, of: "\(name).\(key)"))
                }
            } else {
                added.append(key)
            }
            now[key] = row
        }
        for index in keys.indices.reversed() where now[keys[index]] == nil {
            events.append(SystemEvent("remove", of: name, ByteBuffer(string: "{\"idx\":\(index)}")))
            events.append(SystemEvent("delete", of: "\(name).\(keys[index])"))
        }
        keys.removeAll { now[$0] == nil }
        for key in added {
            var payload = ByteBuffer(string: "{\"value\":")
            payload.writeJSON(reference(key))
            payload.writeString(",\"idx\":\(keys.count)}")
            events.append(SystemEvent("add", of: name, payload))
            keys.append(key)
        }
        rows = now
        return events
    }

    /// Forgets all; nobody follows it.
    mutating func clear() {
        keys = []
        rows = [:]
    }

    /// The collection as the result of a get request.
    var collection: JSONSlice {
        var result = ByteBuffer(string: "{\"collection\":")
        result.writeJSON(.array(keys.map(reference)))
        result.writeString("}")
        return JSONSlice(unchecked: result)
    }

    /// A model as the result of a get request; nil when there is none of that key.
    func model(_ key: String) -> JSONSlice? { rows[key].map { JSONSlice(model: $0) } }

    private func reference(_ key: String) -> JSONSlice {
        var reference = ByteBuffer(string: "{\"rid\":")
        reference.writeJSON("\(name).\(key)")
        reference.writeString("}")
        return JSONSlice(unchecked: reference)
    }
}

extension JSONSlice {
    /// A model as the result of a get request.
    init(model: JSONObject) {
        var result = ByteBuffer(string: "{\"model\":")
        result.writeJSON(model.slice)
        result.writeString("}")
        self.init(unchecked: result)
    }
}
