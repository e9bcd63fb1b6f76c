import RESProtocol

/// A client's copies of resources, kept by the resource sets and events that a gateway sends (RES client
/// protocol, "Resource set", "Events").
struct ResourceCopies {
    /// What a copy holds.
    enum Content: Equatable {
        case model([ModelMember])
        case collection([ResourceValue])
        /// The gateway could not get the resource.
        case error(RESError)
    }

    /// What an event did to a copy.
    enum Change: Equatable {
        /// A property has another value; a side is nil where the property is not there.
        case property(rid: String, name: String, old: ResourceValue?, new: ResourceValue?)
        case added(rid: String, index: Int, ResourceValue)
        case removed(rid: String, index: Int, ResourceValue)
        case deleted(rid: String)
        /// The gateway has ended the subscription.
        case unsubscribed(rid: String, RESError?)
        /// An event of the service's own.
        case custom(rid: String, event: String, JSONSlice?)
        /// An event that does not fit the copy, and why.
        case misfit(rid: String, event: String, String)
    }

    private(set) var contents: [String: Content] = [:]

    subscript(rid: String) -> Content? { contents[rid] }

    /// Takes in the members `models`, `collections` and `errors` of an answer or event.
    mutating func add(resourceSet set: JSONSlice) {
        for (rid, value) in members(of: set["models"]) {
            contents[rid] = .model(ResourceCopies.members(value))
        }
        for (rid, value) in members(of: set["collections"]) {
            contents[rid] = .collection(value.elements.map(ResourceCopies.value))
        }
        for (rid, value) in members(of: set["errors"]) {
            contents[rid] = .error(RESError(decoding: value) ?? .internalError)
        }
    }

    /// Applies an event.
    ///
    /// - Parameter name: `library.books.42.change`: resource id and kind, as the message has it.
    mutating func apply(event name: String, data: JSONSlice?) -> [Change] {
        guard let dot = name.lastIndex(of: ".") else { return [] }
        let rid = String(name[..<dot])
        let event = String(name[name.index(after: dot)...])
        if let data { add(resourceSet: data) }
        switch event {
        case "change": return change(rid, data?["values"])
        case "add": return add(rid, data)
        case "remove": return remove(rid, data)
        case "delete": return [.deleted(rid: rid)]
        case "unsubscribe":
            return [.unsubscribed(rid: rid, data?["reason"].flatMap { RESError(decoding: $0) })]
        default: return [.custom(rid: rid, event: event, data)]
        }
    }

    private mutating func change(_ rid: String, _ values: JSONSlice?) -> [Change] {
        guard case .model(var model) = contents[rid], let values else {
            return [.misfit(rid: rid, event: "change", "there is no model of that id")]
        }
        var changes: [Change] = []
        for (name, slice) in members(of: values) {
            let value = ResourceCopies.value(slice)
            let new = value == .delete ? nil : value
            let index = model.firstIndex { $0.name == name }
            changes.append(.property(rid: rid, name: name, old: index.map { model[$0].value }, new: new))
            switch (index, new) {
            case (let index?, let new?): model[index].value = new
            case (let index?, nil): model.remove(at: index)
            case (nil, let new?): model.append(ModelMember(name, new))
            case (nil, nil): break
            }
        }
        contents[rid] = .model(model)
        return changes
    }

    private mutating func add(_ rid: String, _ data: JSONSlice?) -> [Change] {
        guard case .collection(var elements) = contents[rid], let index = data?["idx"]?.integer,
            let value = data?["value"], 0...Int64(elements.count) ~= index
        else { return [.misfit(rid: rid, event: "add", "there is no collection with that place")] }
        elements.insert(ResourceCopies.value(value), at: Int(index))
        contents[rid] = .collection(elements)
        return [.added(rid: rid, index: Int(index), elements[Int(index)])]
    }

    private mutating func remove(_ rid: String, _ data: JSONSlice?) -> [Change] {
        guard case .collection(var elements) = contents[rid], let index = data?["idx"]?.integer,
            0..<Int64(elements.count) ~= index
        else { return [.misfit(rid: rid, event: "remove", "there is no collection with that place")] }
        let removed = elements.remove(at: Int(index))
        contents[rid] = .collection(elements)
        return [.removed(rid: rid, index: Int(index), removed)]
    }

    private func members(of object: JSONSlice?) -> [(String, JSONSlice)] {
        object?.members.compactMap { member in member.name.string.map { ($0, member.value.detached) } } ?? []
    }

    private static func members(_ model: JSONSlice) -> [ModelMember] {
        model.members.compactMap { member in
            member.name.string.map { ModelMember($0, value(member.value)) }
        }
    }

    /// A value of whatever form: one that no version of the protocol knows is shown as it is.
    private static func value(_ slice: JSONSlice) -> ResourceValue {
        ResourceValue(decoding: slice) ?? .data(slice)
    }
}
