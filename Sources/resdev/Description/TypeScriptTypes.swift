import RESProtocol

/// TypeScript declarations of a database's resources, as clients over WebSocket and `/resclient.mjs` see them.
struct TypeScriptTypes {
    let database: DatabaseDescription

    /// The whole module.
    var text: String {
        let names = TypeName.types(
            database.tables,
            reserved: TypeScriptTypes.reserved,
            prefixes: ["New"]
        )
        let tables = zip(names, database.tables).map(declarations)
        return ([TypeScriptTypes.head(database.service)] + tables + [resources(names)]).joined(
            separator: "\n"
        )
    }

    /// Names that the module itself declares or uses.
    private static let reserved: Set<String> = ["Ref", "Data", "Json", "Blob", "Resources"]

    private static func head(_ service: String) -> String {
        """
        // Types of the resources of '\(service)'. Written by `resdev types`; write it anew when the schema has changed.

        /** A reference to another resource. A soft one is a link: it is not sent along. */
        export interface Ref { rid: string; soft?: true }

        /** A value that is replaced as a whole. */
        export interface Data<T = unknown> { data: T }

        /** What a JSON column holds: arrays and objects stand in a data value. */
        export type Json = Data | string | number | boolean | null;

        /** What a BLOB column holds: small ones as they are, larger ones as an address. */
        export type Blob = Data<
          | { $base64: true; encoded: string }
          | { $blob: { size: number; sha256: string; href: string } }
        >;

        """
    }

    private func declarations(_ name: String, _ table: DatabaseDescription.Table) -> String {
        var lines = ["/** \(table.hasRows ? "A row of" : "An element of") `\(table.resource)`. */"]
        lines.append("export interface \(name) {")
        for column in table.columns {
            let mark = column.isGenerated ? "readonly " : ""
            lines.append("  \(mark)\(TypeScriptTypes.key(column.name)): \(TypeScriptTypes.type(of: column));")
        }
        for link in table.links {
            let type = link.isNullable ? "Ref | null" : "Ref"
            lines.append("  readonly \(TypeScriptTypes.key(link.name))?: \(type);")
        }
        for collection in table.collections {
            lines.append("  readonly \(TypeScriptTypes.key(collection.name))?: Ref;")
        }
        lines.append("}\n")
        guard table.isWritable else { return lines.joined(separator: "\n") }
        lines.append("/** The parameters of `\(table.resource).new`. */")
        lines.append("export interface New\(name) {")
        for column in table.columns where !column.isGenerated {
            let mark = column.isRequired ? "" : "?"
            lines.append("  \(TypeScriptTypes.key(column.name))\(mark): \(TypeScriptTypes.type(of: column));")
        }
        lines.append("}\n")
        return lines.joined(separator: "\n")
    }

    private func resources(_ names: [String]) -> String {
        let members = zip(names, database.tables).map { name, table in
            "  \(TypeScriptTypes.string(table.resource)): \(name)[];"
        }
        return """
            /** Collections by resource id. */
            export interface Resources {
            \(members.joined(separator: "\n"))
            }

            """
    }

    private static func type(of column: DatabaseDescription.Column) -> String {
        let type =
            switch column.kind {
            case .integer, .real: "number"
            case .numeric: "number | string"
            case .text: "string"
            case .blob: "Blob"
            case .boolean: "boolean"
            case .json: "Json"
            }
        return column.isNotNull || column.kind == .json ? type : type + " | null"
    }

    /// A property's name, in quotes where it is no identifier.
    private static func key(_ name: String) -> String {
        let isIdentifier = name.first.map { $0.isASCII && ($0.isLetter || $0 == "_" || $0 == "$") } ?? false
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
        return isIdentifier && isPlain ? name : string(name)
    }

    private static func string(_ text: String) -> String { JSONSlice(string: text).text }
}
