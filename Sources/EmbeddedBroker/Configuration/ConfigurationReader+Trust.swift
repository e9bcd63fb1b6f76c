import RESProtocol

extension ConfigurationReader {
    /// Operators, the keys they sign with, and the accounts that are known.
    mutating func readTrust(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "operator", "operators", "roots", "root", "root_operators", "root_operator":
            for element in value.elements {
                let operatorClaims = try readOperator(element)
                withTrust { $0.operators.append(operatorClaims) }
            }
        case "trusted", "trusted_keys":
            for element in value.elements {
                let text = try element.string()
                let key = try readKey(
                    element,
                    .operator,
                    "trust key \"\(text)\" required to be a valid public operator nkey"
                )
                withTrust { $0.keys.append(key) }
            }
        case "resolver", "account_resolver": try readResolver(value)
        case "resolver_preload": try readPreload(value)
        case "resolver_pinned_accounts":
            for element in value.elements {
                let key = try readKey(element, .account, "not a valid public nkey of an account")
                withTrust { $0.pinnedAccounts.insert(key) }
            }
        default: break
        }
    }

    private mutating func withTrust(_ change: (inout BrokerTrust) -> Void) {
        var trust = configuration.access.trust ?? BrokerTrust()
        change(&trust)
        configuration.access.trust = trust
    }

    /// A JWT, or the name of a file with one; what stands around it in the file, like dashes, does not count.
    private func readOperator(_ value: ConfigurationValue) throws(ConfigurationError) -> OperatorClaims {
        var text = try value.string()
        if !text.hasPrefix("eyJ") {
            do {
                text = try readFile(text)
            } catch {
                throw ConfigurationError("error parsing operator JWT: \(error)", at: value.position)
            }
        }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }
        guard let line = lines.first(where: { $0.hasPrefix("eyJ") }) else {
            throw ConfigurationError("error parsing operator JWT: there is none", at: value.position)
        }
        do {
            return try OperatorClaims(JWT(line))
        } catch {
            throw ConfigurationError("error parsing operator JWT: \(error)", at: value.position)
        }
    }

    private mutating func readResolver(_ value: ConfigurationValue) throws(ConfigurationError) {
        if case .map = value.content { return try readFolder(value) }
        guard case .string(let text, _) = value.content, ["MEM", "MEMORY"].contains(text.uppercased()) else {
            throw value.expected(
                "MEMORY, with the accounts' JWTs in \"resolver_preload\", or {type: full, dir: …} (URLs are not supported)"
            )
        }
        withTrust { _ in }
    }

    /// `{type: full, dir: …}`. There are no other servers to ask, so `cache` is the same, and times mean nothing.
    private mutating func readFolder(_ value: ConfigurationValue) throws(ConfigurationError) {
        let map = try value.map()
        try map.expectOnly(ConfigurationReader.folderKeys)
        var folder = AccountFolder(path: "")
        for field in map.fields where !field.isVariable {
            switch field.key.lowercased() {
            case "type":
                guard ["full", "cache"].contains(try field.value.string().lowercased()) else {
                    throw field.value.expected("full or cache")
                }
            case "dir": folder.path = try field.value.string()
            case "allow_delete": folder.allowsDelete = try field.value.bool()
            case "hard_delete":
                folder.deletesForGood = try field.value.bool()
            case "limit": folder.limit = max(0, Int(clamping: try field.value.integer()))
            default: break
            }
        }
        guard !folder.path.isEmpty else {
            let position = map["dir"]?.position ?? value.position
            throw ConfigurationError("dir has no value and needs to point to a directory", at: position)
        }
        withTrust { $0.folder = folder }
    }

    private static let folderKeys: Set<String> = [
        "type", "dir", "allow_delete", "hard_delete", "interval", "limit", "ttl", "timeout",
    ]

    private mutating func readPreload(_ value: ConfigurationValue) throws(ConfigurationError) {
        for field in try value.map().fields where !field.isVariable {
            let text = try field.value.string()
            do {
                let key = try NKey(field.key)
                let claims = try AccountClaims(JWT(text))
                guard claims.key == key else {
                    throw ConfigurationError(
                        "the JWT is of the account \(claims.key)",
                        at: field.value.position
                    )
                }
                withTrust { $0.accounts[key] = text }
            } catch let error as ConfigurationError {
                throw error
            } catch {
                throw ConfigurationError("invalid account JWT: \(error)", at: field.value.position)
            }
        }
    }

    /// Checks that a configuration with operators does not name users as well.
    func checkTrust(in map: ConfigurationMap) throws(ConfigurationError) {
        guard let trust = configuration.access.trust, !trust.trustedKeys.isEmpty else { return }
        let keys = ["operator", "operators", "roots", "root", "root_operators", "root_operator"]
        let place = (keys + ["trusted", "trusted_keys"]).lazy.compactMap { map[$0] }.first?.position
        guard let place else { return }
        if !trust.operators.isEmpty, !trust.keys.isEmpty {
            throw ConfigurationError(
                "conflicting options for 'TrustedKeys' and 'TrustedOperators'",
                at: place
            )
        }
        if map["resolver"] == nil, map["account_resolver"] == nil, map["resolver_preload"] == nil {
            throw ConfigurationError("operators require an account resolver to be configured", at: place)
        }
        if !configuration.access.accounts.isEmpty {
            throw ConfigurationError(
                "operators do not allow Accounts to be configured directly",
                at: place
            )
        }
        if !configuration.access.users.isEmpty || configuration.access.token != nil {
            throw ConfigurationError("operators do not allow users to be configured directly", at: place)
        }
    }
}
