import RESProtocol

/// The rules of the configuration as they stand to the present schema.
///
/// Confined to the database thread, as the statements in it are.
final class AccessPolicy {
    /// A rule that was checked.
    enum Rule {
        case open
        case closed
        case expression(CompiledRule)

        var compiled: CompiledRule? {
            if case .expression(let rule) = self { rule } else { nil }
        }
    }

    /// The rules of one table, or of another kind of resource.
    struct Rules {
        var get: Rule
        var list: Rule
        /// By the method's name; `others` for the rest.
        var methods: [String: Rule]
        var others: Rule

        func rule(for method: String) -> Rule { methods[method] ?? others }

        /// Everything that is compiled.
        var compiled: [CompiledRule] {
            ([get, list, others] + methods.values).compactMap(\.compiled)
        }
    }

    let configuration: AccessConfiguration
    /// For what belongs to no table: the database itself, its description, resources without schema.
    let common: Rules
    private let tables: [ObjectIdentifier: Rules]
    private let namedSQL: [String: Rules]
    /// What no longer fits the schema; closed until it does.
    let problems: [ConfigurationError]
    /// The tables whose rules read another table, by that table's name in lower case.
    let dependents: [String: [Table]]

    /// Compiles all rules. Those that do not fit are closed, and told in `problems`.
    init(_ configuration: AccessConfiguration, schema: Schema, on connection: SQLiteConnection) {
        self.configuration = configuration
        var compiler = PolicyCompiler(readable: configuration.readable, connection: connection)
        let defaults = configuration.defaults
        common = compiler.rules(ResourceAccess(), defaults: defaults, table: nil, isDefaultOptional: true)
        let byName = Dictionary(
            configuration.tables.map { ($0.key.lowercased(), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        var tables: [ObjectIdentifier: Rules] = [:]
        var dependents: [String: [Table]] = [:]
        for table in schema.tables {
            let access = byName[table.name.lowercased()]?.access ?? ResourceAccess()
            let rules = compiler.rules(access, defaults: defaults, table: table)
            tables[ObjectIdentifier(table)] = rules
            for other in Set(rules.compiled.flatMap(\.otherTables)) {
                dependents[other, default: []].append(table)
            }
        }
        let names = schema.tables.map(\.name)
        for (name, entry) in configuration.tables
        where !entry.access.isEmpty && !names.contains(where: { $0.lowercased() == name.lowercased() }) {
            let question = NearestName.question(name, among: names)
            compiler.problems.append(
                ConfigurationError("there is no table or view \"\(name)\"\(question)", at: entry.position)
            )
        }
        self.tables = tables
        self.dependents = dependents
        namedSQL = configuration.namedSQL.mapValues {
            compiler.rules($0.access, defaults: defaults, table: nil, isDefaultOptional: true)
        }
        problems = compiler.problems.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }

    /// Whether everybody may read what belongs to no table, but not everything else.
    var isPartlyClosed: Bool {
        guard case .open = common.get else { return false }
        return (Array(tables.values) + Array(namedSQL.values)).contains { rules in
            guard case .open = rules.get, case .open = rules.list else { return true }
            return false
        }
    }

    func rules(of table: Table) -> Rules { tables[ObjectIdentifier(table)] ?? common }

    func rules(ofNamedSQL name: String) -> Rules { namedSQL[name] ?? common }

    /// Whether a row's change can change who may read or write it.
    func follows(_ table: Table, changed columns: [Column]?) -> Bool {
        let compiled = rules(of: table).compiled
        guard !compiled.isEmpty else { return false }
        guard let columns else { return compiled.contains { !$0.columns.isEmpty } }
        let changed = Set(columns.map { $0.name.lowercased() })
        let shown = Set(table.columns.map { $0.name.lowercased() })
        return compiled.contains { rule in
            !rule.columns.isDisjoint(with: changed) || !rule.columns.isSubset(of: shown)
        }
    }
}

/// Compiles rules one after the other and keeps what is wrong.
private struct PolicyCompiler {
    let readable: Set<String>
    let connection: SQLiteConnection
    var problems: [ConfigurationError] = []

    /// - Parameter isDefaultOptional: whether a default that speaks of columns, and so cannot be meant here, is simply
    ///   closed.
    mutating func rules(
        _ access: ResourceAccess,
        defaults: ResourceAccess,
        table: Table?,
        isDefaultOptional: Bool = false
    ) -> AccessPolicy.Rules {
        let get = rule(access.get, defaults.get, table, isDefaultOptional)
        let hasOwnList = access.list != nil || (access.get == nil && defaults.list != nil)
        let list = hasOwnList ? rule(access.list, defaults.list, table, isDefaultOptional) : get
        let call = access.call ?? defaults.call ?? CallRules(others: .open)
        let isOptional = isDefaultOptional && access.call == nil
        return AccessPolicy.Rules(
            get: get,
            list: list,
            methods: call.methods.mapValues { compile($0, table, isOptional) },
            others: compile(call.others, table, isOptional)
        )
    }

    private mutating func rule(
        _ own: AccessRule?,
        _ byDefault: AccessRule?,
        _ table: Table?,
        _ isDefaultOptional: Bool
    ) -> AccessPolicy.Rule {
        compile(own ?? byDefault ?? .open, table, isDefaultOptional && own == nil)
    }

    private mutating func compile(_ rule: AccessRule, _ table: Table?, _ isOptional: Bool)
        -> AccessPolicy.Rule
    {
        switch rule {
        case .open: return .open
        case .closed: return .closed
        case .expression(let text):
            do throws(ConfigurationError) {
                return .expression(try CompiledRule(text, for: table, readable: readable, on: connection))
            } catch {
                if !isOptional, !problems.contains(error) { problems.append(error) }
                return .closed
            }
        }
    }
}
