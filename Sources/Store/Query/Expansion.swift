import RESProtocol

/// Which references of a row are sent along: a tree of the names of links and collections.
///
/// Written as paths joined by commas, as `author,reviews.member`; names are encoded as in resource names.
struct Expansion: Hashable, Sendable {
    /// Deepest path.
    static let maximumDepth = 4
    /// Most names in the tree.
    static let maximumNames = QueryLimits.maximumExpandedNames

    /// By encoded name.
    private(set) var children: [String: Expansion] = [:]

    /// Whether nothing is sent along.
    var isEmpty: Bool { children.isEmpty }

    /// The one text of the meaning: the longest paths, sorted.
    var text: String { paths.sorted().joined(separator: ",") }

    /// The query that a reference to the expanded resource has; empty for none.
    var querySuffix: String { isEmpty ? "" : "?expand=" + QueryText.encode(text) }

    private var paths: [String] {
        children.flatMap { name, child in
            child.isEmpty ? [name] : child.paths.map { name + "." + $0 }
        }
    }

    /// Reads paths from a table on.
    ///
    /// - Throws: `system.invalidQuery` that names what a row has not, and the nearest name.
    init(_ text: String, from table: Table, schema: Schema?) throws(RESError) {
        var count = 0
        for path in text.split(separator: ",") {
            let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard names.count <= Expansion.maximumDepth else {
                throw .invalidQuery.saying("expand goes at most \(Expansion.maximumDepth) links deep")
            }
            count += names.count
            guard count <= Expansion.maximumNames else {
                throw .invalidQuery.saying("expand names more than \(Expansion.maximumNames) links")
            }
            try insert(names[...], from: table, schema)
        }
        guard !isEmpty else { throw .invalidQuery.saying("expand names no link") }
    }

    private init() {}

    private mutating func insert(_ names: ArraySlice<String>, from table: Table, _ schema: Schema?)
        throws(RESError)
    {
        guard let name = names.first else { return }
        let target: String
        if let link = table.links.first(where: { $0.part == name }) {
            target = link.targetTable
        } else if let reverse = table.reverses.first(where: { $0.part == name }) {
            target = reverse.table
        } else {
            let known = table.links.map(\.part) + table.reverses.map(\.part)
            let question = NearestName.question(name, among: known)
            throw .invalidQuery.saying(
                "A row of \(table.name) has no link \(name)"
                    + (question.isEmpty && !known.isEmpty
                        ? "; it has \(known.joined(separator: ", "))" : question)
            )
        }
        var child = children[name] ?? Expansion()
        if names.count > 1, let target = schema?.table(named: target) {
            try child.insert(names.dropFirst(), from: target, schema)
        }
        children[name] = child
    }
}
