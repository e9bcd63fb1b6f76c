import RESProtocol

/// The OpenAPI 3.1 description of databases' HTTP API.
struct OpenAPIDocument {
    let databases: [DatabaseDescription]
    /// Path below which resources are found; starts and ends with a slash.
    let apiPath: String

    /// The whole document.
    var json: JSONSlice {
        var paths: [(name: String, value: JSONSlice)] = []
        var schemas: [(name: String, value: JSONSlice)] = [("Error", OpenAPISchemas.error)]
        for database in databases {
            paths.append((apiPath + database.service, OpenAPIDocument.root(database)))
            // A table of that name is what the path leads to.
            if !database.tables.contains(where: { $0.resource == database.service + ".batch" }) {
                paths.append((apiPath + database.service + "/batch", OpenAPIDocument.batch(database)))
            }
            let prefix = TypeName.type(database.service)
            let names = TypeName.unique(
                database.tables.map { prefix + TypeName.type($0.name) },
                prefixes: ["New", "Change"]
            )
            let tables = zip(names, database.tables).map { name, table in
                OpenAPITable(name: name, table: table, database: database, apiPath: apiPath)
            }
            for table in tables {
                paths += table.paths + table.collections(tables)
                schemas += table.schemas
            }
            let queries = TypeName.unique(database.queries.map { prefix + TypeName.type($0.name) })
            for (name, query) in zip(queries, database.queries) {
                let query = OpenAPIQuery(name: name, query: query, database: database, apiPath: apiPath)
                paths.append(query.path)
            }
        }
        return .object([
            ("openapi", "3.1.0"),
            ("info", info),
            ("servers", .array([.object([("url", "/")])])),
            ("paths", .object(paths)),
            (
                "components",
                .object([
                    ("schemas", .object(schemas)),
                    ("responses", .object([("Error", OpenAPISchemas.errorResponse)])),
                ])
            ),
        ])
    }

    private var info: JSONSlice {
        let names = databases.map(\.service).joined(separator: ", ")
        return .object([
            ("title", JSONSlice(string: names.isEmpty ? "resdev" : names)),
            ("version", JSONSlice(string: resdevVersion)),
            (
                "description",
                """
                Every path is also a resource that can be subscribed to over WebSocket: its id is the path below \
                the API's, with dots for slashes.
                """
            ),
        ])
    }

    private static func root(_ database: DatabaseDescription) -> JSONSlice {
        let links = database.tables.map { ($0.name, OpenAPISchemas.link) }
        return .object([
            (
                "get",
                OpenAPISchemas.operation(
                    "Links to all tables and views of \(database.service)",
                    id: "get\(TypeName.type(database.service))",
                    tag: database.service,
                    responses: [
                        (
                            "200",
                            OpenAPISchemas.response(
                                "Links",
                                .object([
                                    ("type", "object"), ("properties", .object(links)),
                                ])
                            )
                        )
                    ]
                )
            )
        ])
    }

    /// Many calls in one transaction.
    private static func batch(_ database: DatabaseDescription) -> JSONSlice {
        let text = JSONSlice.object([("type", "string")])
        let call = JSONSlice.object([
            ("type", "object"), ("required", .array(["rid", "method"])),
            ("properties", .object([("rid", text), ("method", text), ("params", .object([]))])),
        ])
        let answer = JSONSlice.object([
            ("type", "object"),
            (
                "properties",
                .object([
                    ("result", .object([])),
                    ("resource", .object([("type", "object"), ("properties", .object([("rid", text)]))])),
                ])
            ),
        ])
        let list = { (items: JSONSlice) in JSONSlice.object([("type", "array"), ("items", items)]) }
        let operation = OpenAPISchemas.operation(
            "Many calls in one transaction: all take effect, or none",
            id: "batch\(TypeName.type(database.service))",
            tag: database.service,
            body: list(call),
            responses: [("200", OpenAPISchemas.response("What each is answered with", list(answer)))]
        )
        return .object([("post", operation)])
    }
}
