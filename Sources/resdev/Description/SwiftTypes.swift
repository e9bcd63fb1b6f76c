import RESProtocol

/// Swift declarations of a database's rows, as the HTTP API writes them.
struct SwiftTypes {
    let database: DatabaseDescription

    /// The whole file.
    var text: String {
        let names = TypeName.unique(database.tables.map { TypeName.type($0.name) })
        let tables = zip(names, database.tables).map(declarations)
        return ([SwiftTypes.head(database.service)] + tables).joined(separator: "\n")
    }

    private static func head(_ service: String) -> String {
        """
        // Types of the resources of '\(service)'. Written by `resdev types`; write it anew when the schema has changed.

        /// A link to another resource.
        public struct Link: Codable, Hashable, Sendable {
            public var href: String
        }

        /// Any JSON value.
        public enum JSONValue: Codable, Hashable, Sendable {
            case null
            case bool(Bool)
            case number(Double)
            case string(String)
            case array([JSONValue])
            case object([String: JSONValue])

            public init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if container.decodeNil() {
                    self = .null
                } else if let value = try? container.decode(Bool.self) {
                    self = .bool(value)
                } else if let value = try? container.decode(Double.self) {
                    self = .number(value)
                } else if let value = try? container.decode(String.self) {
                    self = .string(value)
                } else if let value = try? container.decode([JSONValue].self) {
                    self = .array(value)
                } else {
                    self = .object(try container.decode([String: JSONValue].self))
                }
            }

            public func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .null: try container.encodeNil()
                case .bool(let value): try container.encode(value)
                case .number(let value): try container.encode(value)
                case .string(let value): try container.encode(value)
                case .array(let value): try container.encode(value)
                case .object(let value): try container.encode(value)
                }
            }
        }

        """
    }

    private func declarations(_ name: String, _ table: DatabaseDescription.Table) -> String {
        let links = table.links.map(\.name) + table.collections
        let names = table.columns.map(\.name) + links
        let types = table.columns.map(SwiftTypes.type) + links.map { _ in "Link?" }
        let properties = TypeName.unique(names.map(TypeName.property)).map(SwiftTypes.escaped)
        var lines = ["/// \(table.hasRows ? "A row of" : "An element of") `\(table.resource)`."]
        lines.append("public struct \(name): Codable, Hashable, Sendable {")
        for (property, type) in zip(properties, types) {
            lines.append("    public var \(property): \(type)")
        }
        lines.append("\n    private enum CodingKeys: String, CodingKey {")
        for (property, name) in zip(properties, names) {
            lines.append("        case \(property) = \(JSONSlice(string: name).text)")
        }
        lines.append("    }\n}\n")
        return lines.joined(separator: "\n")
    }

    private static func type(of column: DatabaseDescription.Column) -> String {
        let type =
            switch column.kind {
            case .integer: "Int64"
            case .real: "Double"
            case .text: "String"
            case .boolean: "Bool"
            case .numeric, .blob, .json: "JSONValue"
            }
        return column.isNotNull ? type : type + "?"
    }

    private static func escaped(_ name: String) -> String {
        reserved.contains(name) ? "`\(name)`" : name
    }

    private static let reserved: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit",
        "do",
        "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if",
        "import",
        "in", "init", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private",
        "protocol",
        "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch",
        "throw",
        "throws", "true", "try", "typealias", "var", "where", "while",
    ]
}
