package import RESProtocol

/// Who may do something: everybody, nobody, or those for whom an SQL expression is true.
package enum AccessRule: Hashable, Sendable {
    case open
    case closed
    case expression(RuleText)
}

/// The text of an expression, and where it stands.
package struct RuleText: Hashable, Sendable {
    package let sql: String
    /// Where the value begins in the configuration: at its quote, if it has one.
    package let position: ConfigurationPosition
    /// Whether a quote or bracket stands before the text.
    let isQuoted: Bool

    package init(_ sql: String, at position: ConfigurationPosition, isQuoted: Bool = true) {
        self.sql = sql
        self.position = position
        self.isQuoted = isQuoted
    }

    /// The place in the file of a byte of the text, which holds for texts without escapes.
    func position(ofByte offset: Int) -> ConfigurationPosition {
        let before = String(decoding: sql.utf8.prefix(offset), as: UTF8.self)
        guard let newline = before.lastIndex(of: "\n") else {
            let column = position.column + (isQuoted ? 1 : 0) + before.count
            return ConfigurationPosition(file: position.file, line: position.line, column: column)
        }
        let lines = before.count { $0 == "\n" }
        let column = before.distance(from: newline, to: before.endIndex)
        return ConfigurationPosition(file: position.file, line: position.line + lines, column: column)
    }
}

/// Who may call which methods of a resource.
package struct CallRules: Hashable, Sendable {
    /// By the method's name.
    package var methods: [String: AccessRule]
    /// For all others.
    package var others: AccessRule

    package init(_ methods: [String: AccessRule] = [:], others: AccessRule) {
        self.methods = methods
        self.others = others
    }

    /// Who may call a method.
    func rule(for method: String) -> AccessRule { methods[method] ?? others }
}

/// Who may do what with the rows of a table, or with another kind of resource; nil where the default holds.
package struct ResourceAccess: Hashable, Sendable {
    /// Who may read a row, and a collection whose query fixes what the rule asks about.
    package var get: AccessRule?
    /// Who may read collections; as `get`, if left out.
    package var list: AccessRule?
    package var call: CallRules?

    package init(get: AccessRule? = nil, list: AccessRule? = nil, call: CallRules? = nil) {
        self.get = get
        self.list = list
        self.call = call
    }

    var isEmpty: Bool { list == nil && call == nil && self.get == nil }
}

/// Who may do what with a database. Without any rule, everybody may do everything.
package struct AccessConfiguration: Hashable, Sendable {
    /// What holds where nothing else is said.
    package var defaults = ResourceAccess()
    /// By the name of the table or view, as it is written in the configuration.
    package var tables: [String: Entry] = [:]
    /// By the name of the SQL.
    package var namedSQL: [String: Entry] = [:]
    /// Tables besides their own that expressions may read.
    package var readable: Set<String> = []

    /// What is said of one name, and where.
    package struct Entry: Hashable, Sendable {
        package var access: ResourceAccess
        package var position: ConfigurationPosition

        package init(_ access: ResourceAccess, at position: ConfigurationPosition) {
            self.access = access
            self.position = position
        }
    }

    package init() {}

    /// Whether any rule is given.
    package var hasRules: Bool {
        !defaults.isEmpty || tables.values.contains { !$0.access.isEmpty }
            || namedSQL.values.contains { !$0.access.isEmpty }
    }
}
