import Logging
import RESProtocol

/// One question about access: the rules, who asks, and about what.
struct AccessCheck {
    /// What a rule's columns stand for.
    enum Scope {
        /// A row, which may be missing.
        case row(RowKey)
        /// The rows that have these values.
        case rows([Int: SQLValue])
        /// A row that is about to be made; what it will hold is known when it is there.
        case newRow
        case nothing
    }

    let policy: AccessPolicy
    let token: JSONSlice?
    /// The parameters of the call, once it is made.
    var params: JSONSlice?
    /// Whether the call is made now, so that its parameters are known.
    var isCall = false
    /// What is asked about, for the log.
    let subject: String
    let logger: Logger

    init(policy: AccessPolicy, token: JSONSlice?, subject: String, logger: Logger) {
        self.policy = policy
        self.token = token
        self.subject = subject
        self.logger = logger
    }

    /// The methods that may be called; nil for none.
    func methods(
        _ rules: AccessPolicy.Rules,
        _ known: [String],
        on scope: Scope
    ) throws(SQLiteError) -> String? {
        try AccessPolicy.grant(rules, among: known) { (rule, method) throws(SQLiteError) in
            try isTrue(rule, on: scope, method)
        }
    }

    /// Whether a rule allows something. One that refuses is explained in the debug log.
    ///
    /// - Parameter action: `get`, or the method.
    func isTrue(_ rule: AccessPolicy.Rule, on scope: Scope, _ action: String) throws(SQLiteError) -> Bool {
        switch rule {
        case .open: return true
        case .closed:
            logger.debug("access refused", metadata: metadata(action, reason: "closed by the configuration"))
            return false
        case .expression(let compiled):
            if !isCall, compiled.expression.usesParams { return true }
            let arguments = RuleArguments(
                token: token,
                params: params,
                method: action == "get" ? nil : action
            )
            let holds: Bool
            switch scope {
            case .row(let key): holds = try compiled.holds(key, arguments)
            case .rows(let fixed): holds = try compiled.holds(fixed: fixed, arguments)
            case .newRow:
                // Rules about the row's values are checked when it is there.
                if compiled.dependsOnData { return true }
                holds = try compiled.holdsForNothing(arguments)
            case .nothing: holds = try compiled.holdsForNothing(arguments)
            }
            if !holds, logger.logLevel <= .debug {
                logger.debug(
                    "access refused",
                    metadata: metadata(action, reason: reason(compiled, scope, arguments), compiled)
                )
            }
            return holds
        }
    }

    private func metadata(_ action: String, reason: String, _ rule: CompiledRule? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["rid": "\(subject)", "action": "\(action)", "reason": "\(reason)"]
        if let rule {
            metadata["rule"] = "\(rule.expression.text.sql)"
            metadata["at"] = "\(rule.expression.text.position)"
        }
        return metadata
    }

    private func reason(_ rule: CompiledRule, _ scope: Scope, _ arguments: RuleArguments) -> String {
        let values: String
        switch scope {
        case .row(let key): values = rule.explanation(key, arguments)
        case .rows(let fixed):
            let open = rule.unfixedColumns(fixed)
            values =
                rule.explanation(nil, arguments)
                + (open.isEmpty ? "" : "; the query does not fix \(open.joined(separator: ", "))")
        case .newRow, .nothing: values = rule.explanation(nil, arguments)
        }
        return values.isEmpty ? "the rule is not true" : "not true with \(values)"
    }
}
