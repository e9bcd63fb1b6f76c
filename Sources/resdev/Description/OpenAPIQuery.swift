import RESProtocol

/// The path of named SQL: read by GET where it only reads, called by POST where it writes.
struct OpenAPIQuery {
    /// Makes the id of its operation; unique.
    let name: String
    let query: DatabaseDescription.Query
    let database: DatabaseDescription
    let apiPath: String

    var path: (name: String, value: JSONSlice) {
        let path = apiPath + query.resource.replacing(".", with: "/")
        return (path, .object([query.writes ? ("post", call) : ("get", read)]))
    }

    private var rows: JSONSlice {
        let columns = query.columns.map { ($0, JSONSlice.object([])) }
        let row = JSONSlice.object([("type", "object"), ("properties", .object(columns))])
        return .object([("type", "array"), ("items", row)])
    }

    private var read: JSONSlice {
        var parameters = query.parameters.map { parameter in
            JSONSlice.object([
                ("name", JSONSlice(string: parameter.name)), ("in", "query"),
                ("required", JSONSlice(booleanLiteral: !parameter.isOptional)),
                ("schema", OpenAPIQuery.schema(of: parameter)),
            ])
        }
        let limits = OpenAPISchemas.window(defaultLimit: query.defaultLimit, limit: query.limit)
        let taken = Set(query.parameters.map(\.name))
        parameters += limits.filter { !taken.contains($0.name) }.map(\.value)
        return OpenAPISchemas.operation(
            "What \(query.name) selects",
            id: "read\(name)",
            tag: database.service + ".$q",
            parameters: parameters,
            responses: [("200", OpenAPISchemas.response("Rows", rows))]
        )
    }

    private var call: JSONSlice {
        let properties = query.parameters.map { ($0.name, OpenAPIQuery.schema(of: $0)) }
        let required = query.parameters.filter { !$0.isOptional }.map { JSONSlice(string: $0.name) }
        var body: [(name: String, value: JSONSlice)] = [
            ("type", "object"), ("properties", .object(properties)), ("additionalProperties", false),
        ]
        if !required.isEmpty { body.append(("required", .array(required))) }
        let result = JSONSlice.object([
            ("type", "object"),
            ("properties", .object([("changes", .object([("type", "integer")])), ("rows", rows)])),
        ])
        return OpenAPISchemas.operation(
            "Run \(query.name)",
            id: "run\(name)",
            tag: database.service + ".$q",
            body: .object(body),
            responses: [("200", OpenAPISchemas.response("Rows that it changed, and gave", result))]
        )
    }

    private static func schema(of parameter: DatabaseDescription.Parameter) -> JSONSlice {
        let type: JSONSlice =
            switch parameter.type {
            case "integer": "integer"
            case "real": "number"
            case "boolean": "boolean"
            default: "string"
            }
        return .object([("type", type)])
    }
}
