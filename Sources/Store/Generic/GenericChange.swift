import RESProtocol

/// What a method does to a resource without a schema.
extension GenericContent {
    /// The content after some properties were set; `{"action":"delete"}` takes one away.
    ///
    /// - Throws: when this is a collection, or the parameters are no object.
    func setting(_ params: JSONSlice?) throws(RESError) -> GenericContent {
        guard case .model(var members) = self else {
            throw .methodNotFound.saying("A collection has no method set; it has add, remove, put and delete")
        }
        guard let params, params.kind == .object else {
            throw .invalidParams.saying("The parameters are no object of properties")
        }
        for change in try GenericContent.members(params, mayDelete: true) {
            let position = members.firstIndex { $0.name == change.name }
            switch (change.value, position) {
            case (.delete, let position?): members.remove(at: position)
            case (.delete, nil): break
            case (_, let position?): members[position].value = change.value
            case (_, nil): members.append(change)
            }
        }
        return .model(members)
    }

    /// The content after `{"value", "idx"}` was added; at the end without `idx`.
    func adding(_ params: JSONSlice?) throws(RESError) -> GenericContent {
        var values = try elements("add")
        guard let value = params?["value"] else {
            throw .invalidParams.saying("add takes {\"value\": …, \"idx\": …}, and value is missing")
        }
        let index = try GenericContent.index(params, 0...values.count) ?? values.count
        values.insert(try GenericContent.value(value), at: index)
        return .collection(values)
    }

    /// The content without the element at `idx`, or without the first that equals `value`.
    func removing(_ params: JSONSlice?) throws(RESError) -> GenericContent {
        var values = try elements("remove")
        if let value = params?["value"] {
            let wanted = try GenericContent.value(value)
            guard let position = values.firstIndex(of: wanted) else {
                throw .invalidParams.saying("No element equals \(value.text.prefix(80))")
            }
            values.remove(at: position)
            return .collection(values)
        }
        guard !values.isEmpty else { throw .invalidParams.saying("The collection is empty") }
        guard let index = try GenericContent.index(params, 0...values.count - 1) else {
            throw .invalidParams.saying("remove takes {\"idx\": …} or {\"value\": …}")
        }
        values.remove(at: index)
        return .collection(values)
    }

    private func elements(_ method: String) throws(RESError) -> [ResourceValue] {
        guard case .collection(let values) = self else {
            throw .methodNotFound.saying("A model has no method \(method); it has set, put and delete")
        }
        return values
    }

    private static func index(_ params: JSONSlice?, _ range: ClosedRange<Int>) throws(RESError) -> Int? {
        guard let given = params?["idx"], !given.isNull else { return nil }
        guard let index = given.integer.flatMap({ Int(exactly: $0) }), range.contains(index) else {
            throw .invalidParams.saying(
                "idx is \(given.text.prefix(80)); \(range.lowerBound) to \(range.upperBound) would be right"
            )
        }
        return index
    }
}
