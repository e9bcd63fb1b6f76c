import RESProtocol

/// The paths and schemas of one table or view.
struct OpenAPITable {
    /// Name of its schemas; unique.
    let name: String
    let table: DatabaseDescription.Table
    let database: DatabaseDescription
    let apiPath: String
    let maximumLimit: Int

    private var path: String { apiPath + table.resource.replacing(".", with: "/") }
    private var tag: String { table.resource }

    var paths: [(name: String, value: JSONSlice)] {
        var paths = [(path, collection), (path + "/$count", count)]
        if table.hasRows { paths.append((path + "/{key}", row)) }
        return paths
    }

    var schemas: [(name: String, value: JSONSlice)] {
        var schemas = [(name, rowSchema)]
        if table.isWritable {
            schemas.append(("New" + name, inputSchema(requiring: table.columns.filter(\.isRequired))))
            schemas.append(("Change" + name, inputSchema(requiring: [])))
        }
        return schemas
    }

    // MARK: Paths

    private var collection: JSONSlice {
        let row = OpenAPISchemas.reference("schemas", name)
        let element =
            table.hasRows
            ? JSONSlice.object([("anyOf", .array([OpenAPISchemas.row(row), row]))]) : row
        var operations = [
            (
                "get",
                OpenAPISchemas.operation(
                    "Rows of \(table.name)",
                    id: "list\(name)",
                    tag: tag,
                    parameters: windowParameters + filters,
                    responses: [
                        (
                            "200",
                            OpenAPISchemas.response("Rows", .object([("type", "array"), ("items", element)]))
                        )
                    ]
                )
            )
        ]
        if table.isWritable {
            let location = JSONSlice.object([("schema", .object([("type", "string")]))])
            operations.append(
                (
                    "post",
                    OpenAPISchemas.operation(
                        "Create a row of \(table.name)",
                        id: "create\(name)",
                        tag: tag,
                        body: OpenAPISchemas.reference("schemas", "New" + name),
                        responses: [
                            ("200", OpenAPISchemas.response("Created", headers: [("Location", location)]))
                        ]
                    )
                )
            )
        }
        return .object(operations)
    }

    private var count: JSONSlice {
        .object([
            (
                "get",
                OpenAPISchemas.operation(
                    "How many rows of \(table.name) there are",
                    id: "count\(name)",
                    tag: tag,
                    parameters: filters,
                    responses: [
                        (
                            "200",
                            OpenAPISchemas.response(
                                "The number",
                                .object([
                                    ("type", "object"), ("required", .array(["count"])),
                                    ("properties", .object([("count", .object([("type", "integer")]))])),
                                ])
                            )
                        )
                    ]
                )
            )
        ])
    }

    private var row: JSONSlice {
        var members = [("parameters", JSONSlice.array([keyParameter])), ("get", getRow)]
        guard table.isWritable else { return .object(members) }
        let changed: [(name: String, value: JSONSlice)] = [
            ("200", OpenAPISchemas.response("Done; Location is the row's new address")),
            ("204", OpenAPISchemas.response("Done")),
        ]
        let operation = { (summary: String, id: String, body: JSONSlice?) in
            OpenAPISchemas.operation(summary, id: id + name, tag: tag, body: body, responses: changed)
        }
        members.append(
            (
                "patch",
                operation("Change a row", "change", OpenAPISchemas.reference("schemas", "Change" + name))
            )
        )
        members.append(
            (
                "put",
                operation(
                    "Replace or create a row",
                    "put",
                    OpenAPISchemas.reference("schemas", "Change" + name)
                )
            )
        )
        members.append(("delete", operation("Delete a row", "delete", nil)))
        return .object(members)
    }

    private var getRow: JSONSlice {
        OpenAPISchemas.operation(
            "One row of \(table.name)",
            id: "get\(name)",
            tag: tag,
            parameters: expand,
            responses: [
                ("200", OpenAPISchemas.response("The row", OpenAPISchemas.reference("schemas", name)))
            ]
        )
    }

    // MARK: Parameters

    private var keyParameter: JSONSlice {
        let columns = table.columns.filter { table.key.contains($0.name) }
        let isNumber = columns.count == 1 && columns.allSatisfy { $0.kind == .integer } || columns.isEmpty
        let schema: JSONSlice =
            isNumber
            ? .object([("type", "integer"), ("format", "int64")])
            : .object([("type", "string"), ("pattern", "^[A-Za-z0-9_~,-]+$")])
        let names = table.key.isEmpty ? "the rowid" : table.key.joined(separator: ", ")
        return .object([
            ("name", "key"), ("in", "path"), ("required", true), ("schema", schema),
            ("description", JSONSlice(string: "\(names); bytes other than letters, digits, _ and - as ~HH")),
        ])
    }

    private var windowParameters: [JSONSlice] {
        let names = table.columns.map(\.name)
        var parameters = [
            OpenAPISchemas.queryParameter(
                "start",
                "Rows that are left out",
                .object([
                    ("type", "integer"), ("minimum", 0), ("maximum", JSONSlice(integer: .max / 2)),
                ])
            ),
            OpenAPISchemas.queryParameter(
                "limit",
                "Rows at the most",
                .object([
                    ("type", "integer"), ("minimum", 1), ("maximum", JSONSlice(integer: maximumLimit)),
                    ("default", JSONSlice(integer: min(100, maximumLimit))),
                ])
            ),
            OpenAPISchemas.listParameter(
                "sort",
                "Order; - before a column turns it round",
                names + names.map { "-" + $0 },
                mayBeEmpty: true
            ),
            OpenAPISchemas.listParameter(
                "fields",
                "Columns that are shown; elements are then values, and not references to rows",
                names
            ),
        ]
        if table.isSearchable {
            parameters.append(
                OpenAPISchemas.queryParameter(
                    "q",
                    "Words to search for, at least one",
                    .object([("type", "string")])
                )
            )
        }
        return parameters + expand
    }

    private var expand: [JSONSlice] {
        guard table.hasRows, !table.links.isEmpty else { return [] }
        return [
            OpenAPISchemas.listParameter(
                "expand",
                "Links whose resources are sent along; not with fields",
                table.links.map(\.name)
            )
        ]
    }

    /// Names that mean something else in a query; such a column is reached with `__eq`.
    private static let reserved: Set<String> = ["sort", "start", "limit", "fields", "expand", "q"]

    private var filters: [JSONSlice] {
        table.columns.filter { $0.kind != .blob }.map { column in
            OpenAPISchemas.queryParameter(
                OpenAPITable.reserved.contains(column.name) ? column.name + "__eq" : column.name,
                """
                Only rows with this value; with __ne, __gt, __gte, __lt, __lte, __in, __notin, __like, __contains, \
                __startswith or __isnull behind the name other comparisons
                """,
                .object([("type", "string")])
            )
        }
    }

    // MARK: Schemas

    private var rowSchema: JSONSlice {
        var properties = table.columns.map { ($0.name, $0.outputSchema) }
        let link = OpenAPISchemas.link
        properties += table.links.map { ($0.name, link) } + table.collections.map { ($0, link) }
        return .object([("type", "object"), ("properties", .object(properties))])
    }

    private func inputSchema(requiring required: [DatabaseDescription.Column]) -> JSONSlice {
        let properties = table.columns.filter { !$0.isGenerated }.map { ($0.name, $0.inputSchema) }
        var members: [(name: String, value: JSONSlice)] = [
            ("type", "object"), ("properties", .object(properties)), ("additionalProperties", false),
        ]
        if !required.isEmpty {
            members.append(("required", .array(required.map { JSONSlice(string: $0.name) })))
        }
        return .object(members)
    }
}
