import struct NIOCore.ByteBuffer

/// One column of a table or view.
struct Column: Sendable {
    /// Whether SQLite computes the value.
    enum Generation: Hashable, Sendable {
        case none
        /// Computed when read; a row's image in the preupdate hook lacks it.
        case virtual
        case stored
    }

    /// Everything that introspection says of a column.
    struct Declaration: Sendable {
        var name: String
        var type: String = ""
        var isNotNull = false
        /// The SQL text of the DEFAULT clause.
        var defaultSQL: String?
        var generation = Generation.none
        var collation = Collation.binary
        /// Position among all columns of the table.
        var position = 0
        /// Position among the columns that are stored: without the virtual ones.
        var storedPosition = 0
    }

    let name: String
    /// Position among the columns that are shown.
    let index: Int
    /// Position among all columns of the table, also those that are hidden.
    let position: Int
    /// Position among all columns that are stored.
    let storedPosition: Int
    let declaredType: String
    let affinity: Affinity
    let form: ColumnForm
    let isNotNull: Bool
    let defaultSQL: String?
    let generation: Generation
    let collation: Collation
    /// The property's name and a colon, as written in a model.
    let memberPrefix: ByteBuffer

    init(_ declaration: Declaration, index: Int) {
        name = declaration.name
        self.index = index
        position = declaration.position
        storedPosition = declaration.storedPosition
        declaredType = declaration.type
        affinity = Affinity(declaredType: declaration.type)
        form = ColumnForm(declaredType: declaration.type)
        isNotNull = declaration.isNotNull
        defaultSQL = declaration.defaultSQL
        generation = declaration.generation
        collation = declaration.collation
        memberPrefix = ModelEncoding.memberPrefix(declaration.name)
    }

    /// Whether the column can have been added, with its default, after rows were stored.
    var hasConstantDefault: Bool {
        guard let defaultSQL else { return false }
        let text = defaultSQL.uppercased()
        return text != "NULL" && !text.hasPrefix("(") && !text.hasPrefix("CURRENT_")
    }

    /// Whether a client may give whole numbers alone. SQLite takes FLOATING POINT for an integer, for the INT in it.
    var isWhole: Bool { affinity == .integer && !declaredType.uppercased().contains("POINT") }

    /// Whether a client may give a value.
    var isWritable: Bool { generation == .none }
}

/// How SQLite compares text in a column.
enum Collation: Hashable, Sendable {
    case binary
    /// ASCII letters compare without case.
    case nocase
    /// Trailing spaces are ignored.
    case rtrim
    /// Registered by an application; only SQLite can compare by it.
    case other(String)

    init(name: String) {
        switch name.uppercased() {
        case "BINARY": self = .binary
        case "NOCASE": self = .nocase
        case "RTRIM": self = .rtrim
        default: self = .other(name)
        }
    }

    /// The name as SQL writes it.
    var name: String {
        switch self {
        case .binary: "BINARY"
        case .nocase: "NOCASE"
        case .rtrim: "RTRIM"
        case .other(let name): name
        }
    }
}
