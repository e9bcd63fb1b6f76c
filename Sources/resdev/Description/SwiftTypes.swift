import RESProtocol

/// Swift declarations of a database's rows, as the HTTP API writes them.
struct SwiftTypes {
    let database: DatabaseDescription

    /// The whole file.
    var text: String {
        let names = TypeName.types(database.tables, reserved: SwiftTypes.reservedTypes)
        let tables = zip(names, database.tables).map(declarations)
        return ([SwiftTypes.head(database.service)] + tables).joined(separator: "\n")
    }

    private func declarations(_ name: String, _ table: DatabaseDescription.Table) -> String {
        let links = table.links.map(\.name) + table.collections.map(\.name)
        let names = table.columns.map(\.name) + links
        let types = table.columns.map(SwiftTypes.type) + links.map { _ in "Link?" }
        let properties = TypeName.unique(names.map(SwiftTypes.property)).map(SwiftTypes.escaped)
        var lines = ["/// \(table.hasRows ? "A row of" : "An element of") `\(table.resource)`."]
        lines.append("public struct \(name): Codable, Hashable, Sendable {")
        for (property, type) in zip(properties, types) {
            lines.append("    public var \(property): \(type)")
        }
        if !names.isEmpty {
            lines.append("\n    private enum CodingKeys: String, CodingKey {")
            for (property, name) in zip(properties, names) {
                lines.append("        case \(property) = \(SwiftTypes.literal(name))")
            }
            lines.append("    }")
        }
        lines.append("}\n")
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

    private static func property(_ name: String) -> String {
        let property = TypeName.property(name)
        return reservedProperties.contains(property) ? property + "Value" : property
    }

    /// A string as Swift writes it.
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                literal.unicodeScalars.append("\\")
                literal.unicodeScalars.append(scalar)
            case _
            where scalar.properties.isDefaultIgnorableCodePoint
                || scalar.properties.generalCategory == .control:
                literal += "\\u{\(String(scalar.value, radix: 16))}"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    private static func escaped(_ name: String) -> String {
        reservedWords.contains(name) ? "`\(name)`" : name
    }

    /// Names that the file declares or uses, or that would be in the way of the program around it.
    private static let reservedTypes = words(
        """
        Link JSONValue WrittenNumber Codable CodingKey CodingKeys Decoder Encoder Hashable Sendable KeyedDecodingContainer \
        DecodingError String Int64 Int Double Bool Any AnyObject Self Type Protocol Array Character Data \
        Date Dictionary Error Never Optional Result Set Swift Task URL UUID Void
        """
    )

    /// What a Hashable has already, and what cannot be the name of a case.
    private static let reservedProperties = words(
        """
        hashValue hash encode self init
        """
    )

    private static let reservedWords = words(
        """
        as associatedtype break case catch class continue default defer deinit do else enum extension \
        fallthrough false fileprivate for func guard if import in init inout internal is let nil operator \
        precedencegroup private protocol public repeat rethrows return self static struct subscript super \
        switch throw throws true try typealias var where while
        """
    )

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(separator: " ").map(String.init))
    }
}
