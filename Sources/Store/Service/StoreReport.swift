import RESProtocol

/// What would be served of a database, for people who check a configuration.
package struct StoreReport: Sendable {
    /// The service name and where its data is.
    package var title: String
    /// One line for each table and view, each named SQL, and what else there is to say.
    package var lines: [String]
    /// What people should know, and is no error.
    package var warnings: [String]

    /// Opens a database without changing anything, and tells what a store would serve of it. Blocks.
    ///
    /// - Throws: why it could not be served, as `Store.open` would.
    package static func of(_ configuration: StoreConfiguration) throws(StoreError) -> StoreReport {
        var configuration = configuration
        configuration.isReadOnly = true
        configuration.convertsToWAL = false
        if let file = configuration.databaseFile, FileContents.kind(of: file) != .missing {
            configuration.path = file
        }
        configuration.databaseFile = nil
        let login = configuration.authentication
        // A key that is not there yet is made by the server, not by who only looks.
        configuration.authentication?.key = .text(String(repeating: "x", count: 32))
        configuration.authentication?.algorithm = .hmac
        let (engine, opened) = try StoreEngine.open(configuration, instance: "check")
        var report = StoreReport(
            title: "\(engine.schema.serviceName)  \(opened.place)",
            lines: [],
            warnings: []
        )
        for table in engine.schema.tables { report.lines.append(line(for: table, engine)) }
        for named in engine.namedQueries {
            let rules = engine.policy?.rules(ofNamedSQL: named.definition.name)
            let parameters = named.parameters.map { "\($0) \(named.parameter($0).type.rawValue)" }
            report.lines.append(
                "  $q.\(named.part)(\(parameters.joined(separator: ", ")))  "
                    + (named.isRead ? "get \(words(rules?.get))" : "call \(words(rules?.others))")
            )
        }
        if let login {
            report.lines.append(
                "  login  auth.\(engine.schema.serviceName).$auth.login by \(login.table).\(login.user), "
                    + "\(login.algorithm.rawValue), for \(login.lifetime) s"
                    + (login.claims.isEmpty ? "" : ", with \(login.claims.joined(separator: ", "))")
            )
        }
        if !engine.schema.leftOut.isEmpty {
            report.lines.append("  not served: " + engine.schema.leftOut.joined(separator: ", "))
        }
        if !configuration.access.hasRules { report.warnings.append("no access rules: everything is open") }
        return report
    }

    private static func line(for table: Table, _ engine: StoreEngine) -> String {
        var parts = ["  \(table.resourceName)"]
        switch table.key {
        case .none: parts.append(table.isView ? "view" : "no key")
        case .rowid: parts.append("key rowid")
        case .integer, .columns: parts.append("key " + table.keyColumns.map(\.name).joined(separator: ","))
        }
        parts.append("\(table.columns.count) columns")
        let links = table.links.map { "\($0.name) → \($0.targetTable)" }
        if !links.isEmpty { parts.append("links " + links.joined(separator: ", ")) }
        let reverses = table.reverses.map(\.name)
        if !reverses.isEmpty { parts.append("collections " + reverses.joined(separator: ", ")) }
        if let index = table.searchIndex { parts.append("search by \(index.name)") }
        if let rules = engine.policy?.rules(of: table) {
            parts.append("get \(words(rules.get))")
            if words(rules.list) != words(rules.get) { parts.append("list \(words(rules.list))") }
            if !table.isView { parts.append("call \(calls(rules))") }
        }
        return parts.joined(separator: "  ")
    }

    private static func calls(_ rules: AccessPolicy.Rules) -> String {
        let named = rules.methods.keys.sorted().map { "\($0) \(words(rules.rule(for: $0)))" }
        guard !named.isEmpty else { return words(rules.others) }
        return (named + ["others \(words(rules.others))"]).joined(separator: ", ")
    }

    private static func words(_ rule: AccessPolicy.Rule?) -> String {
        switch rule {
        case nil, .open: "open"
        case .closed: "closed"
        case .expression(let rule): "if " + rule.expression.text.sql
        }
    }
}
