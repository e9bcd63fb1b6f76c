import RESProtocol

import struct NIOCore.ByteBuffer

/// Which part of the list of live queries somebody follows: `library.$live`.
struct LiveListQuery: Hashable, Sendable {
    var start = 0
    var limit: Int

    /// Reads `start` and `limit`.
    init(_ text: String?, limits: QueryLimits) throws(RESError) {
        limit = limits.defaultLimit
        for (name, value) in QueryText.pairs(of: text ?? "") ?? [("", "")] {
            guard let number = Int(value), number >= 0 else {
                throw .invalidQuery.saying(
                    "The list of live queries takes start and limit, which are whole numbers"
                )
            }
            switch name {
            case "start": start = min(number, .max / 2)
            case "limit" where 1...limits.maximumLimit ~= number: limit = number
            case "limit":
                throw .invalidQuery.saying("limit is \(number); 1 to \(limits.maximumLimit) would be right")
            default: throw .invalidQuery.saying("\(name) is not available here; start and limit are")
            }
        }
    }

    /// The canonical text.
    func text(_ limits: QueryLimits) -> String {
        var pieces: [String] = []
        if limit != limits.defaultLimit || start == 0 { pieces.append("limit=\(limit)") }
        if start != 0 { pieces.append("start=\(start)") }
        return pieces.joined(separator: "&")
    }
}

extension LiveQuery {
    /// How the content is kept current.
    var strategy: StaticString {
        switch source {
        case .rows where group != nil: "window"
        case .count where group != nil: "count"
        case .row(let table, _, _) where !table.isView: "row"
        case .list: "list"
        case .rows, .count, .row, .named: "requery"
        }
    }

    /// Why changes cannot be followed row by row; nil where they are.
    var reason: String? {
        guard group == nil else { return nil }
        switch source {
        case .rows(let table, let query), .count(let table, let query):
            if table.isView { return "a view: SQLite is asked again when what it reads changes" }
            if query.search != nil { return "a search in a full-text index" }
            if query.fields != nil { return "fields: the elements are values, not references" }
            if query.start + query.limit > QueryGroup.maximumReach {
                return "a window far behind the first rows"
            }
            return table.key == .none ? "a table without a key" : "a comparison that only SQLite can decide"
        case .row(let table, _, _): return table.isView ? "a view" : nil
        case .named: return "named SQL"
        case .list: return nil
        }
    }

    /// What the list of live queries tells of this one.
    var description: WindowElement {
        var cost = cost
        if let group {
            cost.reads += group.cost.reads
            cost.steps &+= group.cost.steps
            cost.scanned &+= group.cost.scanned
        }
        var buffer = ByteBuffer()
        buffer.writeMember("resource", first: true, opening: true)
        buffer.writeJSON(resource)
        buffer.writeMember("query")
        buffer.writeJSON(text)
        buffer.writeMember("strategy")
        buffer.writeJSON("\(strategy)")
        buffer.writeMember("reason")
        if let reason { buffer.writeJSON(reason) } else { buffer.writeJSON(.null) }
        buffer.writeMember("reads")
        buffer.writeNames(dependencies.tables.sorted())
        let numbers: [(StaticString, Int)] = [
            ("rows", rowCount), ("known", group?.knownRows ?? rowCount),
            ("windows", group?.windows.count ?? 1),
            ("clients", holders), ("changes", cost.changes), ("queries", cost.reads), ("steps", cost.steps),
            ("scanned", cost.scanned),
        ]
        for (name, number) in numbers {
            buffer.writeMember(name)
            buffer.writeJSON(number)
        }
        buffer.writeStaticString("}")
        return .data(JSONSlice(unchecked: buffer))
    }

    private var rowCount: Int {
        switch content {
        case .elements(let elements): elements.count
        case .model: 1
        }
    }
}
