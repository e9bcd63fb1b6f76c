import Logging
import RESProtocol

/// The rules and the login of the configuration, brought to the present schema.
extension StoreEngine {
    /// Compiles what the configuration says, at the start. Blocks.
    ///
    /// - Parameter database: the database's file; nil for one in memory.
    /// - Throws: the first rule or name that does not fit the schema, with its place in the configuration.
    func startRules(database file: String?) throws(StoreError) {
        try adopt(configuration, database: file)
    }

    /// Takes over other rules while running; those from before stay when these do not fit.
    ///
    /// - Throws: the first rule or name that does not fit the schema.
    func adopt(_ configuration: StoreConfiguration, database file: String?) throws(StoreError) {
        let policy = try compiledPolicy(configuration)
        let authentication = try compiledAuthentication(configuration, database: file)
        self.configuration.access = configuration.access
        self.configuration.authentication = configuration.authentication
        self.policy = policy
        self.authentication = authentication
    }

    /// Takes over other settings while running: rules, login, limits, and how tables are served. Where the data is, and
    /// the name, stay. Everything stays as it was when something does not fit.
    ///
    /// - Throws: the first thing that does not fit the database.
    func reconfigure(_ next: StoreConfiguration, database file: String?) throws(StoreError) {
        let earlier = configuration
        do throws(StoreError) {
            try apply(next)
            try adopt(next, database: file)
        } catch {
            do throws(StoreError) {
                try apply(earlier)
                try adopt(earlier, database: file)
            } catch {
                logger.error("the earlier settings no longer fit", metadata: ["reason": "\(error)"])
            }
            throw error
        }
        resetAllAccess()
    }

    private func apply(_ next: StoreConfiguration) throws(StoreError) {
        let isServedAlike =
            next.tables == configuration.tables && next.links == configuration.links
            && next.namedSQL == configuration.namedSQL
        configuration.queries = next.queries
        configuration.readTime = next.readTime
        configuration.maximumGroup = next.maximumGroup
        configuration.maximumBatch = next.maximumBatch
        configuration.maximumChanges = next.maximumChanges
        configuration.busyTimeout = next.busyTimeout
        database.setLimits(busyTimeout: next.busyTimeout, maximumChanges: next.maximumChanges)
        guard !isServedAlike else { return }
        configuration.tables = next.tables
        configuration.links = next.links
        configuration.namedSQL = next.namedSQL
        do throws(SQLiteError) {
            try database.reading { () throws(SQLiteError) in try adoptSchema(isForced: true) }
        } catch {
            throw StoreError(.unreadable, "the database cannot be read: \(error.message)")
        }
        outbox.reset(resources: [ownPrefix + "q.>"])
        if let problem = configurationProblems.first { throw StoreError(.configuration, problem) }
    }

    /// Brings the rules to a schema that has changed. What no longer fits is closed until it does.
    func applyRules() {
        if configuration.access.hasRules {
            let policy = AccessPolicy(configuration.access, schema: schema, on: database.connection)
            for problem in policy.problems {
                logger.error(
                    "a rule no longer fits the schema; what it guards is closed",
                    metadata: ["rule": "\(problem)"]
                )
            }
            self.policy = policy
        }
        guard let authentication = authentication ?? parkedAuthentication else { return }
        do throws(StoreError) {
            let users = try users(authentication.configuration)
            self.authentication = Authentication(authentication, users: users)
        } catch {
            logger.error("login no longer fits the schema", metadata: ["reason": "\(error)"])
            parkedAuthentication = authentication
            self.authentication = nil
        }
    }

    private func compiledPolicy(_ configuration: StoreConfiguration) throws(StoreError) -> AccessPolicy? {
        guard configuration.access.hasRules else { return nil }
        let policy = AccessPolicy(configuration.access, schema: schema, on: database.connection)
        if let problem = policy.problems.first { throw StoreError(.configuration, "\(problem)") }
        return policy
    }

    private func compiledAuthentication(
        _ configuration: StoreConfiguration,
        database file: String?
    ) throws(StoreError) -> Authentication? {
        guard let settings = configuration.authentication else { return nil }
        let users = try users(settings)
        if let authentication, authentication.configuration == settings {
            return Authentication(authentication, users: users)
        }
        return Authentication(
            settings,
            serviceName: schema.serviceName,
            signer: try SigningKey.load(settings, database: file),
            users: users
        )
    }

    private func users(_ settings: AuthenticationConfiguration) throws(StoreError) -> UserReader {
        guard let table = schema.table(named: settings.table), !table.isView, table.key != .none else {
            throw misfit(settings, "table", settings.table, "table", schema.tables.map(\.name))
        }
        let names = table.columns.map(\.name)
        for (field, name) in [("user", settings.user)] + settings.claims.map({ ("claims", $0) })
        where table.column(named: name) == nil {
            throw misfit(settings, field, name, "column", names)
        }
        do throws(SQLiteError) {
            return try UserReader(settings, table: table, on: database.connection)
        } catch {
            throw StoreError(.configuration, place(settings, "password") + "auth: \(error.message)")
        }
    }

    private func misfit(
        _ settings: AuthenticationConfiguration,
        _ field: String,
        _ name: String,
        _ kind: String,
        _ known: [String]
    ) -> StoreError {
        let question = NearestName.question(name, among: known)
        return StoreError(
            .configuration,
            place(settings, field) + "auth: there is no \(kind) \"\(name)\"" + question
        )
    }

    private func place(_ settings: AuthenticationConfiguration, _ field: String) -> String {
        settings.positions[field].map { "\($0): " } ?? ""
    }
}

extension Authentication {
    /// The same login over a schema that has changed: sessions and failures are kept.
    fileprivate convenience init(_ earlier: Authentication, users: UserReader) {
        self.init(
            earlier.configuration,
            serviceName: earlier.serviceName,
            signer: earlier.signer,
            users: users
        )
        take(over: earlier)
    }
}
