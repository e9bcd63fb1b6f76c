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
            let names = TypeName.unique(database.tables.map { TypeName.type($0.name) })
            for (name, table) in zip(names, database.tables) {
                let table = OpenAPITable(
                    name: "\(TypeName.type(database.service))\(name)",
                    table: table,
                    database: database,
                    apiPath: apiPath
                )
                paths += table.paths
                schemas += table.schemas
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
}
