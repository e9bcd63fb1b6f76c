import RESProtocol

/// The parts that every OpenAPI description of resources is made of.
enum OpenAPISchemas {
    /// A RES error.
    static let error = JSONSlice.object([
        ("type", "object"),
        ("required", .array(["code", "message"])),
        (
            "properties",
            .object([
                ("code", .object([("type", "string"), ("examples", .array(["system.notFound"]))])),
                ("message", .object([("type", "string")])),
                ("data", .object([])),
            ])
        ),
    ])

    /// The answer of everything that fails.
    static let errorResponse = response("What is wrong", reference("schemas", "Error"))

    /// A link to another resource.
    static let link = JSONSlice.object([
        ("type", "object"),
        ("required", .array(["href"])),
        ("properties", .object([("href", .object([("type", "string")]))])),
    ])

    /// An element of a list that refers to a row: its address, with the row or why there is none.
    static func row(_ model: JSONSlice) -> JSONSlice {
        .object([
            ("type", "object"), ("required", .array(["href"])),
            (
                "properties",
                .object([
                    ("href", .object([("type", "string")])),
                    ("model", model),
                    ("error", reference("schemas", "Error")),
                ])
            ),
        ])
    }

    static func reference(_ kind: String, _ name: String) -> JSONSlice {
        .object([("$ref", JSONSlice(string: "#/components/\(kind)/\(name)"))])
    }

    /// A response with JSON, or without a body where there is no schema.
    static func response(
        _ description: String,
        _ schema: JSONSlice? = nil,
        headers: [(name: String, value: JSONSlice)] = []
    ) -> JSONSlice {
        var members = [("description", JSONSlice(string: description))]
        if let schema {
            members.append(("content", .object([("application/json", .object([("schema", schema)]))])))
        }
        if !headers.isEmpty { members.append(("headers", .object(headers))) }
        return .object(members)
    }

    /// An operation; whatever else it answers is an error.
    static func operation(
        _ summary: String,
        id: String,
        tag: String,
        parameters: [JSONSlice] = [],
        body: JSONSlice? = nil,
        responses: [(name: String, value: JSONSlice)]
    ) -> JSONSlice {
        var members = [
            ("summary", JSONSlice(string: summary)), ("operationId", JSONSlice(string: id)),
            ("tags", JSONSlice.array([JSONSlice(string: tag)])),
        ]
        if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
        if let body {
            let content = JSONSlice.object([("application/json", .object([("schema", body)]))])
            members.append(("requestBody", .object([("required", true), ("content", content)])))
        }
        members.append(("responses", .object(responses + [("default", reference("responses", "Error"))])))
        return .object(members)
    }

    static func queryParameter(_ name: String, _ description: String, _ schema: JSONSlice) -> JSONSlice {
        .object([
            ("name", JSONSlice(string: name)), ("in", "query"),
            ("description", JSONSlice(string: description)),
            ("schema", schema),
        ])
    }

    /// Which part of a list is wanted, by names.
    static func window(defaultLimit: Int, limit: Int) -> [(name: String, value: JSONSlice)] {
        let start = JSONSlice.object([
            ("type", "integer"), ("minimum", 0), ("maximum", JSONSlice(integer: .max / 2)),
        ])
        let size = JSONSlice.object([
            ("type", "integer"), ("minimum", 1), ("maximum", JSONSlice(integer: limit)),
            ("default", JSONSlice(integer: defaultLimit)),
        ])
        return [
            ("start", queryParameter("start", "Rows that are left out", start)),
            ("limit", queryParameter("limit", "Rows at the most", size)),
        ]
    }

    /// A parameter that is a list with commas between its elements.
    ///
    /// - Parameters:
    ///   - mayBeEmpty: whether there may be no element, and elements without any character.
    ///   - atMost: elements; nil for any number.
    static func listParameter(
        _ name: String,
        _ description: String,
        _ choices: [String],
        mayBeEmpty: Bool = false,
        atMost: Int? = nil
    ) -> JSONSlice {
        let choices = (choices + (mayBeEmpty ? [""] : [])).map { JSONSlice(string: $0) }
        var list: [(name: String, value: JSONSlice)] = [
            ("type", "array"), ("minItems", mayBeEmpty ? 0 : 1),
            ("items", .object([("type", "string"), ("enum", .array(choices))])),
        ]
        if let atMost { list.append(("maxItems", JSONSlice(integer: atMost))) }
        return .object([
            ("name", JSONSlice(string: name)), ("in", "query"),
            ("description", JSONSlice(string: description)),
            ("style", "form"), ("explode", false),
            ("schema", .object(list)),
        ])
    }
}
