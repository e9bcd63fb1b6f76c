import RESProtocol

/// The JSON schemas of a column's values.
extension DatabaseDescription.Column {
    /// The schema of what a client may send.
    var inputSchema: JSONSlice {
        switch kind {
        case .integer: scalar(["integer"], format: "int64")
        case .real: scalar(["number"])
        case .numeric: scalar(["number", "string"])
        case .text: scalar(["string"])
        case .boolean: scalar(["boolean"])
        case .blob, .json: .object([])
        }
    }

    /// The schema of what rows have: as what is sent, but that numbers stand in a string where JSON's cannot hold them.
    var outputSchema: JSONSlice {
        switch kind {
        case .integer:
            alternatives(
                [("type", "integer"), ("format", "int64")],
                [
                    ("type", "string"), ("pattern", "^-?[0-9]{16,19}$"),
                    ("description", "A number beyond ±(2^53 − 1)"),
                ]
            )
        case .real:
            alternatives(
                [("type", "number")],
                [("type", "string"), ("enum", .array(["Infinity", "-Infinity"]))]
            )
        case .boolean:
            alternatives(
                [("type", "boolean")],
                [
                    ("type", .array(["number", "string"])),
                    ("description", "What is neither 0 nor 1, as it is"),
                ]
            )
        case .numeric, .text, .blob, .json: inputSchema
        }
    }

    private func scalar(_ types: [JSONSlice], format: JSONSlice? = nil) -> JSONSlice {
        let types = types + (isNotNull ? [] : ["null"])
        var members: [(name: String, value: JSONSlice)] = [
            ("type", types.count == 1 ? types[0] : .array(types))
        ]
        if let format { members.append(("format", format)) }
        return .object(members)
    }

    private func alternatives(_ schemas: [(name: String, value: JSONSlice)]...) -> JSONSlice {
        var schemas = schemas.map(JSONSlice.object)
        if !isNotNull { schemas.append(.object([("type", "null")])) }
        return .object([("anyOf", .array(schemas))])
    }
}
