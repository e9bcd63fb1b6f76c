import Store

/// What a person sees when the server has started: at most 12 lines, each of which can be clicked or copied.
struct Banner: Equatable {
    /// What is served, as `library from library.sql, in memory`; one a database.
    var databases: [String] = []
    /// `http://127.0.0.1:8080`, where a gateway runs.
    var http: String?
    /// `ws://127.0.0.1:8080/`, where a gateway runs.
    var webSocket: String?
    /// `nats://127.0.0.1:4222`, the bus that services join.
    var nats: String?
    /// `http://127.0.0.1:8222`, where the broker can be watched.
    var monitoring: String?
    /// Tables and views in the order of their databases.
    var tables: [Table] = []
    /// Remarks on what is not as it might be expected: a port that was taken, tables that are left out.
    var remarks: [String] = []

    /// One line of the table list.
    struct Table: Equatable {
        /// The resource id, as `library.books`.
        let resource: String
        /// What is said of its size, as `214 rows` or `view`.
        let size: String
        /// Whether resources of any name can be made below it.
        var isFree = false
    }

    /// The most lines that the banner has.
    static let maximumLines = 12

    /// Adds what a store serves.
    mutating func add(_ summary: StoreSummary) {
        databases.append(summary.title)
        tables += summary.tables.map {
            Table(resource: $0.resource, size: $0.isView ? "view" : "\($0.rows) rows")
        }
        if let resources = summary.resources {
            tables.append(Table(resource: summary.service, size: "\(resources) resources", isFree: true))
        }
        remarks += summary.remarks
    }

    /// The banner's lines.
    func lines(inColour: Bool) -> [String] {
        let style = TerminalStyle(inColour: inColour)
        let head = headLines(style)
        let foot = footLines(style)
        let room = max(1, Banner.maximumLines - head.count - foot.count)
        return head + tableLines(style, atMost: room) + foot
    }

    private func headLines(_ style: TerminalStyle) -> [String] {
        var title = style.bold("resdev \(resdevVersion)")
        if !databases.isEmpty { title += "  " + databases.joined(separator: ", ") }
        let addresses = [
            ("HTTP", http), ("WebSocket", webSocket), ("NATS", nats), ("monitoring", monitoring),
        ]
        let roles = addresses.compactMap { role, address in
            address.map { "  \(role) \(style.link($0))" }
        }
        return [title, roles.joined()]
    }

    private func tableLines(_ style: TerminalStyle, atMost room: Int) -> [String] {
        guard !tables.isEmpty else { return [] }
        let shown = tables.count <= room ? tables[...] : tables.prefix(room - 1)
        let nameWidth = shown.map { address(of: $0.resource).count }.max() ?? 0
        let sizeWidth = shown.map(\.size.count).max() ?? 0
        var lines = shown.map { table in
            let address = address(of: table.resource)
            let gap = nameWidth - address.count + sizeWidth - table.size.count
            return "  \(style.link(address))\(String(repeating: " ", count: gap + 2))\(table.size)"
        }
        if shown.count < tables.count {
            let root = tables[shown.count].resource.prefix { $0 != "." }
            lines.append("  \(style.link(address(of: String(root))))  \(tables.count - shown.count) more")
        }
        return lines
    }

    private func footLines(_ style: TerminalStyle) -> [String] {
        var lines: [String] = []
        if !remarks.isEmpty { lines.append("  " + style.dim(remarks.joined(separator: "; "))) }
        guard let first = tables.first else { return lines }
        if let http {
            let url = "\(http)/api/\(path(of: first.resource))"
            lines.append(
                first.isFree
                    ? "  try  curl -X PUT \(url)/notes/1 -d '{\"text\":\"hi\"}'"
                    : "  try  curl '\(url)?limit=3'"
            )
        }
        if let nats {
            lines.append(
                "  \(http == nil ? "try" : "   ")  nats -s \(nats) sub 'event.\(first.resource.prefix { $0 != "." }).>'"
            )
        }
        return lines
    }

    private func address(of resource: String) -> String {
        http.map { "\($0)/api/\(path(of: resource))" } ?? resource
    }

    private func path(of resource: String) -> String {
        String(resource.map { $0 == "." ? "/" : $0 })
    }
}
