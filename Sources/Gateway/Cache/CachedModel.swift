import RESProtocol

import struct NIOCore.ByteBuffer

/// What a change, addition or removal did to a resource, as far as references go.
struct ReferenceChange {
    var added: [ResourceID] = []
    var removed: [ResourceID] = []
}

extension CachedContent {
    /// Changes a model's properties.
    ///
    /// - Returns: the properties that really have another value now, or are gone, in the order of the change; none when
    ///   nothing changed.
    /// - Complexity: O(*n*) in the bytes of the model.
    mutating func apply(change members: [ModelMember]) -> (effective: [ModelMember], ReferenceChange) {
        var change = ModelChange(members)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(json.count + 64)
        buffer.writeStaticString("{")
        for (name, value) in slice.members {
            change.writeMember(name, value, into: &buffer)
        }
        change.writeNewMembers(into: &buffer)
        let effective = change.effective
        guard !effective.isEmpty else { return ([], ReferenceChange()) }
        buffer.writeStaticString("}")
        json = [UInt8](buffer.readableBytesView)
        hasLegacyForm = hasLegacyForm || effective.contains { $0.value.hasLegacyForm }
        for id in change.references.removed {
            if let position = references.firstIndex(of: id) { references.remove(at: position) }
        }
        references += change.references.added
        return (effective, change.references)
    }

    /// The change that makes this model hold what another one does.
    ///
    /// - Complexity: O(*n*) in the bytes of both.
    func change(to other: CachedContent) -> [ModelMember] {
        var old: [String: JSONSlice] = [:]
        for (name, value) in slice.members {
            if let name = name.string { old[name] = value }
        }
        var change: [ModelMember] = []
        for (name, slice) in other.slice.members {
            guard let name = name.string, let value = ResourceValue(decoding: slice) else { continue }
            if old.removeValue(forKey: name) != slice { change.append(ModelMember(name, value)) }
        }
        for (name, _) in slice.members {
            if let name = name.string, old[name] != nil { change.append(ModelMember(name, .delete)) }
        }
        return change
    }
}

/// A change to a model while it is written anew.
private struct ModelChange {
    private var members: [ModelMember]
    private var states: [State]
    private var positions: [String: Int] = [:]
    private var isFirst = true
    private(set) var references = ReferenceChange()

    private enum State {
        case unseen, unchanged, changed
    }

    /// Up to this many members are looked for one by one, more in a dictionary.
    private static let linearLimit = 8

    init(_ members: [ModelMember]) {
        self.members = members
        states = Array(repeating: .unseen, count: members.count)
        if members.count > ModelChange.linearLimit {
            for (index, member) in members.enumerated() { positions[member.name] = index }
        }
    }

    /// The members that made a difference.
    var effective: [ModelMember] {
        zip(members, states).compactMap { $1 == .changed ? $0 : nil }
    }

    /// Writes a member that the model has, as it is from now on.
    mutating func writeMember(_ name: JSONSlice, _ value: JSONSlice, into buffer: inout ByteBuffer) {
        guard let index = position(of: name) else {
            write(name, value.bytes, into: &buffer)
            return
        }
        let new = members[index].value
        let encoded = new.encoded
        guard encoded != value.bytes else {
            states[index] = .unchanged
            write(name, value.bytes, into: &buffer)
            return
        }
        states[index] = .changed
        if let id = ResourceValue(decoding: value)?.followedReference { references.removed.append(id) }
        if let id = new.followedReference { references.added.append(id) }
        if new != .delete { write(name, encoded, into: &buffer) }
    }

    /// Writes the members that the model did not have.
    mutating func writeNewMembers(into buffer: inout ByteBuffer) {
        for index in members.indices where states[index] == .unseen {
            let member = members[index]
            guard member.value != .delete else { continue }
            states[index] = .changed
            if let id = member.value.followedReference { references.added.append(id) }
            write(JSONSlice(string: member.name), member.value.encoded, into: &buffer)
        }
    }

    private func position(of name: JSONSlice) -> Int? {
        if members.count > ModelChange.linearLimit { return name.string.flatMap { positions[$0] } }
        return members.firstIndex { name.isString($0.name) }
    }

    private mutating func write(_ name: JSONSlice, _ value: ByteBuffer, into buffer: inout ByteBuffer) {
        if !isFirst { buffer.writeStaticString(",") }
        isFirst = false
        buffer.writeJSON(name)
        buffer.writeStaticString(":")
        buffer.writeImmutableBuffer(value)
    }
}
