import RESProtocol

extension ConfigurationReader {
    /// The `accounts` block: names, or a map of them.
    mutating func readAccounts(_ value: ConfigurationValue) throws(ConfigurationError) {
        if case .array(let elements) = value.content {
            for element in elements {
                try add(BrokerAccount(name: try element.string()), at: element.position)
            }
            return
        }
        for field in try value.map().fields where !field.isVariable {
            try add(try readAccount(field), at: field.position)
        }
    }

    private mutating func add(
        _ account: BrokerAccount,
        at position: ConfigurationPosition
    ) throws(ConfigurationError) {
        guard account.name != BrokerAccess.globalAccount else {
            throw ConfigurationError("\"\(account.name)\" is a Reserved Account", at: position)
        }
        guard !configuration.access.accounts.contains(where: { $0.name == account.name }) else {
            throw ConfigurationError("Duplicate Account Entry: \(account.name)", at: position)
        }
        configuration.access.accounts.append(account)
    }

    private mutating func readAccount(
        _ field: ConfigurationField
    ) throws(ConfigurationError) -> BrokerAccount {
        let map = try field.value.map()
        try map.expectOnly(
            [
                "nkey", "imports", "exports", "users", "default_permissions", "mappings", "maps", "jetstream",
                "limits", "msg_trace", "trace_dest",
            ],
            variablesAllowed: true
        )
        var account = BrokerAccount(name: field.key)
        for field in map.fields {
            switch field.key.lowercased() {
            case "nkey":
                account.key = try readKey(field.value, .account, "Not a valid public nkey for an account")
            case "users": account.users = try readUsers(field.value)
            case "default_permissions": account.defaultPermissions = try readPermissions(field.value)
            case "mappings", "maps": account.mappings = try readMappings(field.value)
            case "limits": account.limits = try readAccountLimits(field.value)
            case "exports":
                for element in try field.value.array() { account.exports.append(try readExport(element)) }
            case "imports":
                for element in try field.value.array() { account.imports.append(try readImport(element)) }
            case "jetstream", "msg_trace", "trace_dest":
                if field.value.content != .bool(false) {
                    warn("\"\(field.key)\" has no effect here", at: field.position)
                }
            default: break
            }
        }
        return account
    }

    private mutating func readAccountLimits(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerAccount.Limits {
        let map = try value.map()
        let keys = [
            "max_connections", "max_conn", "max_subscriptions", "max_subs", "max_payload", "max_leafnodes",
            "max_leafs",
        ]
        try map.expectOnly(keys, variablesAllowed: true)
        var limits = BrokerAccount.Limits()
        for field in map.fields {
            let number = Int(clamping: try field.value.integer())
            let limit = number < 0 ? nil : number
            switch field.key.lowercased() {
            case "max_connections", "max_conn": limits.connections = limit
            case "max_subscriptions", "max_subs": limits.subscriptions = limit
            case "max_payload": limits.payload = limit
            default: break
            }
        }
        return limits
    }

    private mutating func readExport(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerExport {
        let map = try value.map()
        try map.expectOnly(
            [
                "stream", "service", "response", "response_type", "threshold", "response_threshold",
                "response_time", "latency", "accounts", "account_token_position", "allow_trace",
            ],
            variablesAllowed: true
        )
        guard let subject = map["stream"] ?? map["service"], (map["stream"] == nil) != (map["service"] == nil)
        else { throw ConfigurationError("an export is a \"stream\" or a \"service\"", at: value.position) }
        let isService = map["service"] != nil
        var answers = BrokerExport.Answers.singleton
        var export = BrokerExport(
            kind: isService ? .service(answers) : .stream,
            subject: try readSubject(subject.value)
        )
        for field in map.fields {
            switch field.key.lowercased() {
            case "response", "response_type":
                guard isService else {
                    throw ConfigurationError("Detected response directive on non-service", at: field.position)
                }
                answers = try readAnswers(field.value)
            case "threshold", "response_threshold", "response_time":
                guard isService else {
                    throw ConfigurationError(
                        "Detected response directive on non-service",
                        at: field.position
                    )
                }
                export.responseThreshold = try field.value.positiveDuration()
            case "accounts": export.accounts = try field.value.strings()
            case "account_token_position":
                let tokens = export.subject.split(separator: ".")
                let position = try field.value.integer(in: 1...max(1, tokens.count))
                guard tokens[position - 1] == "*" else {
                    throw field.value.expected("the position of a \"*\"")
                }
                export.accountTokenPosition = position
            case "latency", "allow_trace": warn("\"\(field.key)\" has no effect here", at: field.position)
            default: break
            }
        }
        if isService { export.kind = .service(answers) }
        return export
    }

    private func readAnswers(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerExport.Answers {
        switch try value.string().lowercased() {
        case "single", "singleton": return .singleton
        case "stream": return .stream
        case "chunked", "chunk": return .chunked
        default: throw value.expected("\"singleton\", \"stream\" or \"chunked\"")
        }
    }

    private mutating func readImport(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerImport {
        let map = try value.map()
        try map.expectOnly(
            ["stream", "service", "prefix", "to", "share", "allow_trace"],
            variablesAllowed: true
        )
        guard let source = map["stream"] ?? map["service"], (map["stream"] == nil) != (map["service"] == nil)
        else { throw ConfigurationError("an import is a \"stream\" or a \"service\"", at: value.position) }
        let origin = try source.value.map()
        try origin.expectOnly(["account", "subject"], variablesAllowed: true)
        guard let account = origin["account"], let subject = origin["subject"] else {
            throw source.value.expected("\"account\" and \"subject\"")
        }
        var result = BrokerImport(
            isService: map["service"] != nil,
            account: try account.value.string(),
            subject: try readSubject(subject.value)
        )
        if let to = map["to"] {
            result.localSubject = try readSubject(to.value)
        } else if let prefix = map["prefix"], !result.isService {
            let text = try prefix.value.string()
            let bytes = Array(text.utf8)
            guard text.isSubjectPattern, !SubjectRules.hasWildcard(bytes.span) else {
                throw prefix.value.expected("a prefix of whole tokens without wildcards")
            }
            result.localSubject = "\(text).\(result.subject)"
        }
        if let share = map["share"] { result.shares = try share.value.bool() }
        return result
    }

    private func readSubject(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let text = try value.string()
        guard text.isSubjectPattern else {
            throw ConfigurationError("subject \"\(text)\" is not a valid subject", at: value.position)
        }
        return text
    }
}
