import RESProtocol

import struct NIOCore.ByteBuffer

/// Named SQL as it stands to the present schema: what it needs, gives and reads.
struct NamedQuery: Sendable {
    let definition: NamedSQL
    /// Whether it changes nothing, so that it can be read as a collection.
    let isRead: Bool
    /// The names of its parameters without their mark, in the order of first use.
    let parameters: [String]
    /// The names of the columns that its rows have; none for statements that only write.
    let columns: [String]
    /// How the values of each column are shown.
    let forms: [ColumnForm]
    /// What it reads: tables, each with columns in lower case.
    let reads: [String: Set<String>]
    /// Why it cannot run at present; nil when it can.
    var failure: String?

    /// The last part of its resource name.
    var part: String { NamePart.encode(definition.name) }

    /// What is known of a parameter.
    func parameter(_ name: String) -> NamedSQL.Parameter {
        definition.parameters[name] ?? NamedSQL.Parameter()
    }

    /// Writes what the schema resource tells.
    func writeDescription(in schema: Schema, limits: QueryLimits, into buffer: inout ByteBuffer) {
        buffer.writeMember("name", first: true, opening: true)
        buffer.writeJSON(definition.name)
        buffer.writeMember("resource")
        buffer.writeJSON("\(schema.serviceName).$q.\(part)")
        buffer.writeMember("writes")
        buffer.writeJSON(!isRead)
        buffer.writeMember("parameters")
        buffer.writeList(parameters) { buffer, name in
            buffer.writeMember("name", first: true, opening: true)
            buffer.writeJSON(name)
            buffer.writeMember("type")
            buffer.writeJSON(parameter(name).type.rawValue)
            buffer.writeMember("optional")
            buffer.writeJSON(parameter(name).isOptional)
            buffer.writeStaticString("}")
        }
        buffer.writeMember("columns")
        buffer.writeNames(columns)
        buffer.writeMember("defaultLimit")
        buffer.writeJSON(limits.defaultLimit)
        buffer.writeMember("limit")
        buffer.writeJSON(limits.maximumLimit)
        buffer.writeMember("reads")
        buffer.writeNames(reads.keys.filter { schema.table(named: $0) != nil }.sorted())
        buffer.writeMember("failure")
        if let failure { buffer.writeJSON(failure) } else { buffer.writeJSON(.null) }
        buffer.writeStaticString("}")
    }
}
