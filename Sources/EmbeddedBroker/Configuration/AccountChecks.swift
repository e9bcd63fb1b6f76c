import RESProtocol

/// Checks the imports of accounts against the exports of the others.
struct AccountChecks {
    private let accounts: [String: BrokerAccount]
    private let position: ConfigurationPosition

    /// - Parameter position: where an error is said to be.
    init(_ accounts: [BrokerAccount], at position: ConfigurationPosition) {
        self.accounts = Dictionary(accounts.map { ($0.name, $0) }) { first, _ in first }
        self.position = position
    }

    func check() throws(ConfigurationError) {
        for account in accounts.values.sorted(by: { $0.name < $1.name }) {
            for export in account.exports {
                let kind = export.kind == .stream ? "stream" : "service"
                for name in export.accounts ?? [] where accounts[name] == nil {
                    throw error("\"\(name)\" account not defined for \(kind) export")
                }
            }
            for imported in account.imports { try check(imported, of: account) }
        }
        for account in accounts.values.sorted(by: { $0.name < $1.name }) {
            for imported in account.imports where comesBack(to: account.name, imported, path: [account.name])
            {
                let kind = imported.isService ? "service" : "stream"
                throw error("Error adding \(kind) import \"\(imported.subject)\": import forms a cycle")
            }
        }
    }

    private func check(_ imported: BrokerImport, of account: BrokerAccount) throws(ConfigurationError) {
        let kind = imported.isService ? "service" : "stream"
        guard let other = accounts[imported.account] else {
            throw error("\"\(imported.account)\" account not defined for \(kind) import")
        }
        guard other.export(for: imported, by: account.name) != nil else {
            throw error("Error adding \(kind) import \"\(imported.subject)\": \(kind) import not authorized")
        }
        guard let local = imported.localSubject else { return }
        // A service goes from the local subject to the other's, a stream the other way round.
        let (source, destination) = imported.isService ? (local, imported.subject) : (imported.subject, local)
        do {
            _ = try SubjectTransform(from: source, to: destination, usesEveryWildcard: true)
        } catch {
            throw self.error("Error adding \(kind) import \"\(imported.subject)\": \(error)")
        }
    }

    /// Whether what an import brings or takes away would go round through the imports of other accounts.
    private func comesBack(to name: String, _ imported: BrokerImport, path: [String]) -> Bool {
        guard imported.account != name else { return path.count > 1 }
        guard !path.contains(imported.account) else { return true }
        for next in accounts[imported.account]?.imports ?? [] where next.isService == imported.isService {
            let local = SubjectTransform.withWildcards(next.localSubject ?? next.subject)
            guard SubjectOverlap.collide(local, SubjectTransform.withWildcards(imported.subject)) else {
                continue
            }
            if comesBack(to: name, next, path: path + [imported.account]) { return true }
        }
        return false
    }

    private func error(_ message: String) -> ConfigurationError {
        ConfigurationError(message, at: position)
    }
}

extension BrokerAccount {
    /// The export that lets an account use what it imports; nil when none does.
    func export(for imported: BrokerImport, by importer: String) -> BrokerExport? {
        exports.first { export in
            guard (export.kind != .stream) == imported.isService,
                SubjectOverlap.isSubset(SubjectTransform.withWildcards(imported.subject), of: export.subject)
            else { return false }
            if let position = export.accountTokenPosition {
                let tokens = imported.subject.split(separator: ".")
                guard position <= tokens.count, tokens[position - 1] == importer else { return false }
            }
            return export.accounts?.contains(importer) ?? true
        }
    }
}
