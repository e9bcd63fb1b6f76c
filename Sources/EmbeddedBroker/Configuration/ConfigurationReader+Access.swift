import RESProtocol

extension ConfigurationReader {
    mutating func readAccess(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "authorization": try readAuthorization(value)
        case "accounts": try readAccounts(value)
        case "no_auth_user": configuration.access.userWithoutCredentials = try value.optionalString()
        case "system_account", "system": configuration.access.systemAccount = try value.string()
        case "no_system_account", "no_system", "no_sys_acc":
            if try value.bool() { configuration.access.systemAccount = nil }
        case "mappings", "maps": configuration.access.mappings = try readMappings(value)
        default: try readTrust(key, value)
        }
    }

    private static let authorizationKeys: Set<String> = [
        "user", "username", "pass", "password", "token", "timeout", "users", "default_permissions",
        "default_permission",
        "permissions", "auth_callout", "proxy_required",
    ]

    private mutating func readAuthorization(_ value: ConfigurationValue) throws(ConfigurationError) {
        let map = try value.map()
        try map.expectOnly(ConfigurationReader.authorizationKeys, variablesAllowed: true)
        var name: String?
        var password: String?
        for field in map.fields {
            let value = field.value
            switch field.key.lowercased() {
            case "user", "username": name = try value.string()
            case "pass", "password": password = try readSecret(value)
            case "token": configuration.access.token = try readSecret(value)
            case "timeout": configuration.access.timeout = try value.positiveDuration()
            case "users": configuration.access.users = try readUsers(value)
            case "default_permissions", "default_permission", "permissions":
                configuration.access.defaultPermissions = try readPermissions(value)
            case "auth_callout":
                throw ConfigurationError("\"auth_callout\" is not supported", at: field.position)
            case "proxy_required": try refuseProxies(field)
            default: break
            }
        }
        let hasUsers = !configuration.access.users.isEmpty
        let hasToken = configuration.access.token != nil
        if name != nil || password != nil, hasToken {
            throw ConfigurationError("Cannot have a user/pass and token", at: value.position)
        }
        if hasUsers, hasToken {
            throw ConfigurationError("Can not have a token and a users array", at: value.position)
        }
        if hasUsers, name != nil || password != nil {
            throw ConfigurationError("Can not have a single user/pass and a users array", at: value.position)
        }
        if let name {
            var user = BrokerUser(name: name, password: password ?? "")
            // A user who stands alone is not bound by what counts for a list of them.
            user.permissions = SubjectPermissions()
            configuration.access.users = [user]
        } else if password != nil {
            throw ConfigurationError("a password without a user", at: value.position)
        }
    }

    /// A password or token: a word, or a hash that can be checked.
    private func readSecret(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let secret = try value.string()
        if PasswordHash.isHash(secret), PasswordHash(secret) == nil {
            let costs = PasswordHash.costs
            throw ConfigurationError(
                "not a bcrypt hash of 60 characters with a cost from \(costs.lowerBound) to \(costs.upperBound)",
                at: value.position
            )
        }
        return secret
    }

    private func refuseProxies(_ field: ConfigurationField) throws(ConfigurationError) {
        guard try field.value.bool() else { return }
        throw ConfigurationError("\"\(field.key)\" is not supported", at: field.position)
    }

    private static let userKeys: Set<String> = [
        "user", "username", "pass", "password", "nkey", "permissions", "permission", "authorization",
        "allowed_connection_types", "connection_types", "clients", "proxy_required",
    ]

    /// The entries of a `users` array.
    func readUsers(_ value: ConfigurationValue) throws(ConfigurationError) -> [BrokerUser] {
        var users: [BrokerUser] = []
        for element in try value.array() { users.append(try readUser(element)) }
        return users
    }

    private func readUser(_ value: ConfigurationValue) throws(ConfigurationError) -> BrokerUser {
        let map = try value.map()
        try map.expectOnly(ConfigurationReader.userKeys, variablesAllowed: true)
        var user = BrokerUser(name: "", key: nil)
        for field in map.fields {
            switch field.key.lowercased() {
            case "user", "username": user.name = try field.value.string()
            case "pass", "password": user.password = try readSecret(field.value)
            case "nkey": user.key = try readKey(field.value, .user, "Not a valid public nkey for a user")
            case "permissions", "permission", "authorization":
                user.permissions = try readPermissions(field.value)
            case "allowed_connection_types", "connection_types", "clients":
                user.connectionTypes = try readConnectionTypes(field.value)
            case "proxy_required": try refuseProxies(field)
            default: break
            }
        }
        if let key = user.key {
            guard user.name.isEmpty, user.password == nil else {
                throw ConfigurationError("Nkey users do not take usernames or passwords", at: value.position)
            }
            user.name = key.text
        } else if user.name.isEmpty {
            throw ConfigurationError("User entry requires a user", at: value.position)
        }
        return user
    }

    private static let connectionTypes = [
        "STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT", "MQTT_WS", "IN_PROCESS",
    ]

    private func readConnectionTypes(_ value: ConfigurationValue) throws(ConfigurationError) -> [String] {
        var types: [String] = []
        for element in value.elements {
            let type = try element.string().uppercased()
            guard ConfigurationReader.connectionTypes.contains(type) else {
                let known = ConfigurationReader.connectionTypes.joined(separator: ", ")
                throw ConfigurationError(
                    "invalid connection type \"\(type)\"; there are \(known)",
                    at: element.position
                )
            }
            types.append(type)
        }
        return types
    }

    /// A public key of a role.
    func readKey(
        _ value: ConfigurationValue,
        _ role: NKeyRole,
        _ problem: String
    ) throws(ConfigurationError) -> NKey {
        guard let key = try? NKey(try value.string()), key.role == role else {
            throw ConfigurationError(problem, at: value.position)
        }
        return key
    }

    /// Checks what only the whole file tells: names that must be there, and names that may be there once.
    func checkAccess(in map: ConfigurationMap) throws(ConfigurationError) {
        let access = configuration.access
        let place = (map["accounts"] ?? map["authorization"])?.position
        var names: Set<String> = []
        for user in access.users + access.accounts.flatMap(\.users) where !names.insert(user.name).inserted {
            if let place { throw ConfigurationError("Duplicate user \"\(user.name)\" detected", at: place) }
        }
        if access.trust == nil {
            try checkNamedUser(map["no_auth_user"], among: names)
            let webSocket = try (map["websocket"] ?? map["ws"])?.value.map()
            try checkNamedUser(webSocket?["no_auth_user"], among: names)
        }
        if let field = map["system_account"] ?? map["system"], access.trust == nil,
            let name = access.systemAccount, name != "$SYS",
            !access.accounts.contains(where: { $0.name == name })
        {
            throw ConfigurationError("the account \"\(name)\" is not defined", at: field.position)
        }
        try checkTrust(in: map)
        if let place = map["accounts"]?.position { try AccountChecks(access.accounts, at: place).check() }
    }

    private func checkNamedUser(
        _ field: ConfigurationField?,
        among names: Set<String>
    ) throws(ConfigurationError) {
        guard let field, let name = try field.value.optionalString(), !names.contains(name) else { return }
        throw ConfigurationError(
            "no_auth_user: \"\(name)\" not present as user or nkey in authorization block or account configuration",
            at: field.position
        )
    }
}
