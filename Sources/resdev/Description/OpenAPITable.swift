import RESProtocol
import Store

/// The paths and schemas of one table or view.
struct OpenAPITable {
    /// Name of its schemas; unique.
    let name: String
    let table: DatabaseDescription.Table
    let database: DatabaseDescription
    let apiPath: String

    private var path: String { apiPath + table.resource.replacing(".", with: "/") }
    private var tag: String { table.resource }

    var paths: [(name: String, value: JSONSlice)] {
        var paths = [(path, collection), (path + "/$count", count)]
        guard table.hasRows else { return paths }
        paths.append((path + "/{key}", row))
        let isTaken = table.collections.contains { $0.part == "increment" }
        if table.isWritable, !isTaken, let increment { paths.append((path + "/{key}/increment", increment)) }
        return paths
    }

    /// The collections of rows of other tables that refer to a row of this one.
    ///
    /// - Parameter tables: the descriptions of all tables of the database.
    func collections(_ tables: [OpenAPITable]) -> [(name: String, value: JSONSlice)] {
        // No name of a table has a low line, so that these have no other table's.
        let names = TypeName.unique(table.collections.map { "\(name)_\(TypeName.type($0.part))" })
        return zip(names, table.collections).compactMap { name, collection in
            guard let child = tables.first(where: { $0.table.name == collection.table }) else { return nil }
            let operations = child.operations(below: name, key: keyParameter)
            return ("\(path)/{key}/\(collection.part)", operations)
        }
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

    private var collection: JSONSlice { operations(below: nil, key: nil) }

    /// What can be done with a collection of rows.
    ///
    /// - Parameters:
    ///   - parent: makes the ids of the operations unique where the collection is one of a row.
    ///   - key: of that row.
    private func operations(below parent: String?, key: JSONSlice?) -> JSONSlice {
        let row = OpenAPISchemas.reference("schemas", name)
        let element =
            table.hasRows
            ? JSONSlice.object([("anyOf", .array([OpenAPISchemas.row(row), row]))]) : row
        let list = OpenAPISchemas.response("Rows", .object([("type", "array"), ("items", element)]))
        let whose = parent == nil ? "" : " that refer to this one"
        var operations = [
            (
                "get",
                OpenAPISchemas.operation(
                    "Rows of \(table.name)\(whose)",
                    id: "list\(parent ?? name)",
                    tag: tag,
                    parameters: windowParameters + filters,
                    responses: [("200", list)]
                )
            )
        ]
        if let key { operations.insert(("parameters", .array([key])), at: 0) }
        guard table.isWritable else { return .object(operations) }
        let location = JSONSlice.object([("schema", .object([("type", "string")]))])
        operations.append(
            (
                "post",
                OpenAPISchemas.operation(
                    "Create a row of \(table.name)" + (parent == nil ? "" : " that refers to this one"),
                    id: "create\(parent ?? name)",
                    tag: tag,
                    body: OpenAPISchemas.reference("schemas", (parent == nil ? "New" : "Change") + name),
                    responses: [
                        ("200", OpenAPISchemas.response("Created", headers: [("Location", location)]))
                    ]
                )
            )
        )
        return .object(operations)
    }

    /// What adds to columns; nil for a table without numbers.
    private var increment: JSONSlice? {
        let numbers = table.columns.filter {
            [.integer, .real, .numeric].contains($0.kind) && !$0.isGenerated
        }
        guard !numbers.isEmpty else { return nil }
        let amounts = numbers.map { ($0.name, JSONSlice.object([("type", "number")])) }
        let body = JSONSlice.object([
            ("type", "object"), ("minProperties", 1), ("properties", .object(amounts)),
            ("additionalProperties", false),
        ])
        let sums = JSONSlice.object([
            ("type", "object"), ("properties", .object(numbers.map { ($0.name, $0.outputSchema) })),
        ])
        let operation = OpenAPISchemas.operation(
            "Add to columns",
            id: "increment\(name)",
            tag: tag,
            body: body,
            responses: [("200", OpenAPISchemas.response("The sums", sums))]
        )
        return .object([("parameters", .array([keyParameter])), ("post", operation)])
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
}
