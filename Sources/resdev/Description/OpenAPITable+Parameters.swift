import RESProtocol
import Store

/// The parameters of requests for a table's rows, and what rows look like.
extension OpenAPITable {
    /// The key in a row's path.
    var keyParameter: JSONSlice {
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

    /// What a list can be asked for beside filters.
    var windowParameters: [JSONSlice] {
        let names = table.columns.map(\.name).filter { !$0.isEmpty }
        let window = OpenAPISchemas.window(defaultLimit: table.defaultLimit, limit: table.limit)
        var parameters =
            window.map(\.value) + [
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
                    "Words to search for; * behind one stands for any ending",
                    .object([("type", "string"), ("pattern", #"[^\s*\u0000]"#)])
                )
            )
        }
        return parameters + expand
    }

    /// What a row can be asked for.
    var expand: [JSONSlice] {
        guard table.hasRows, !table.links.isEmpty else { return [] }
        return [
            OpenAPISchemas.listParameter(
                "expand",
                "Links whose resources are sent along; not with fields",
                table.links.map(\.name),
                atMost: QueryLimits.maximumExpandedNames
            )
        ]
    }

    /// Names that mean something else in a query; such a column is reached with `__eq`.
    private static let reserved: Set<String> = ["sort", "start", "limit", "fields", "expand", "q"]

    /// A filter for each column.
    var filters: [JSONSlice] {
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

    /// A row as it is shown.
    var rowSchema: JSONSlice {
        var properties = table.columns.map { ($0.name, $0.outputSchema) }
        let link = OpenAPISchemas.link
        let nullable = JSONSlice.object([("anyOf", .array([link, .object([("type", "null")])]))])
        properties +=
            table.links.map { ($0.name, $0.isNullable ? nullable : link) }
            + table.collections.map { ($0.name, link) }
        return .object([("type", "object"), ("properties", .object(properties))])
    }

    /// A row as it is sent.
    func inputSchema(requiring required: [DatabaseDescription.Column]) -> JSONSlice {
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
