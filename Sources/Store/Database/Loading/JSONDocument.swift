import RESProtocol

import struct NIOCore.ByteBuffer

/// A JSON file as tables and resources.
///
/// - An array of objects under a name is a table, as json-server has it.
/// - Anything else is a resource without a schema: an object a model, an array a collection. So is what is named by a
///   whole resource id, as `notes.1`, and an array of RES values such as references.
/// - A file that is one array of objects is a table that has the file's name.
struct JSONDocument {
    private(set) var tables: [LoadedTable] = []
    /// By the name within the service.
    private(set) var resources: [(name: String, content: GenericContent)] = []

    private let path: String
    private let serviceName: String

    /// Reads a file.
    ///
    /// - Throws: what is wrong with it, and in which line.
    init(_ bytes: [UInt8], path: String, serviceName: String) throws(StoreError) {
        self.path = path
        self.serviceName = serviceName
        let document: JSONSlice
        do throws(JSONError) {
            document = try JSONSlice(parsing: ByteBuffer(bytes: bytes))
        } catch {
            let line = 1 + bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") }
            throw StoreError(.script, "\(path):\(line): \(error.problem)", remedy: "correct the JSON")
        }
        switch document.kind {
        case .object:
            for (name, value) in document.members { try read(name.string ?? "", value) }
        case .array where JSONDocument.isTable(document): tables = [try table(serviceName, document)]
        default:
            throw StoreError(
                .script,
                "\(path) holds neither an object nor an array of objects",
                remedy:
                    "an object of tables, {\"posts\": [{\"id\": 1}]}, or of resources, {\"notes.1\": {…}}, would be right"
            )
        }
        try refuseDoubles()
    }

    private mutating func read(_ name: String, _ value: JSONSlice) throws(StoreError) {
        if !name.contains("."), value.kind == .array, JSONDocument.isTable(value) {
            tables.append(try table(name, value))
            return
        }
        let prefix = serviceName + "."
        let name = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        guard ResourceID(name)?.query == nil, ResourceID(name) != nil, !name.hasPrefix("$"),
            !name.contains(".$")
        else {
            throw failure(
                "\(name.debugDescription) is no resource name: parts of letters, digits and the like, joined by dots"
            )
        }
        let content: GenericContent
        do throws(RESError) { content = try GenericContent(value) } catch {
            throw failure("\(name): \(error.message)")
        }
        resources.append((name, content))
    }

    private func refuseDoubles() throws(StoreError) {
        var seen: Set<String> = []
        for name in tables.map({ $0.name.lowercased() }) + resources.map(\.name)
        where !seen.insert(name).inserted {
            throw failure("\(name) comes twice")
        }
        for resource in resources {
            let first = String(resource.name.prefix { $0 != "." })
            if tables.contains(where: { NamePart.encode($0.name) == first }) {
                throw failure("\(resource.name) is a resource below \(first), which is a table")
            }
        }
    }

    private func failure(_ message: String) -> StoreError {
        StoreError(.script, "\(path): \(message)", remedy: "correct the file")
    }

    /// Whether an array is rows: objects, of which none is a RES value.
    private static func isTable(_ array: JSONSlice) -> Bool {
        var isEmpty = true
        for element in array.elements {
            isEmpty = false
            guard element.kind == .object, Array(element.members).first != nil else { return false }
            let names = Set(element.members.compactMap { $0.name.string })
            if names == ["rid"] || names == ["rid", "soft"] || names == ["data"] { return false }
        }
        return !isEmpty
    }

    private func table(_ name: String, _ array: JSONSlice) throws(StoreError) -> LoadedTable {
        var columns: [String] = []
        var positions: [String: Int] = [:]
        var folded: Set<String> = []
        var rows: [[LoadedTable.Value]] = []
        for element in array.elements {
            var row = Array(repeating: LoadedTable.Value.null, count: columns.count)
            for (member, value) in element.members {
                let member = member.string ?? ""
                if positions[member] == nil {
                    guard folded.insert(member.lowercased()).inserted else {
                        throw failure(
                            "\(name): \(member) differs from another member in its case alone, as columns cannot"
                        )
                    }
                    guard !member.isEmpty, !member.utf8.contains(0) else {
                        throw failure("\(name): a member without a name cannot be a column")
                    }
                    positions[member] = columns.count
                    columns.append(member)
                    row.append(.null)
                }
                if let position = positions[member] { row[position] = LoadedTable.Value(value) }
            }
            rows.append(row)
        }
        let count = columns.count
        return LoadedTable(
            name: name,
            columns: columns,
            rows: rows.map { $0 + Array(repeating: .null, count: count - $0.count) }
        )
    }
}

extension LoadedTable.Value {
    init(_ json: JSONSlice) {
        switch json.kind {
        case .null: self = .null
        case .true: self = .boolean(true)
        case .false: self = .boolean(false)
        case .number:
            self = json.integer.map { .integer($0) } ?? json.double.map { .real($0) } ?? .text(json.text)
        case .string: self = .text(json.string ?? "")
        case .object, .array: self = .json(json.text)
        }
    }
}

extension LoadedTable {
    /// A text as a JSON string.
    static func quoted(_ text: String) -> String { JSONSlice(string: text).text }
}
