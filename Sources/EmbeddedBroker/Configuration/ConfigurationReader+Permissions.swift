import RESProtocol

extension ConfigurationReader {
    /// A `permissions` block.
    func readPermissions(_ value: ConfigurationValue) throws(ConfigurationError) -> SubjectPermissions {
        let map = try value.map()
        try map.expectOnly(
            ["pub", "publish", "import", "sub", "subscribe", "export", "allow_responses"],
            variablesAllowed: true
        )
        var permissions = SubjectPermissions()
        for field in map.fields {
            switch field.key.lowercased() {
            case "pub", "publish", "import":
                permissions.publish = try readRules(field.value, withQueues: false)
            case "sub", "subscribe", "export":
                permissions.subscribe = try readRules(field.value, withQueues: true)
            case "allow_responses": permissions.responses = try readResponses(field.value)
            default: break
            }
        }
        return permissions
    }

    /// One subject, an array of them, or a map of those that are allowed and those that are not.
    private func readRules(
        _ value: ConfigurationValue,
        withQueues: Bool
    ) throws(ConfigurationError) -> SubjectPermissions.Rules {
        guard case .map(let map) = value.content else {
            return .init(allow: try readSubjects(value, withQueues: withQueues))
        }
        try map.expectOnly(["allow", "deny"], variablesAllowed: true)
        var rules = SubjectPermissions.Rules()
        // An empty list says nothing: everything is allowed then.
        if let allow = map["allow"] { rules.allow = try readSubjects(allow.value, withQueues: withQueues) }
        if let deny = map["deny"] { rules.deny = try readSubjects(deny.value, withQueues: withQueues) }
        return rules
    }

    private func readSubjects(
        _ value: ConfigurationValue,
        withQueues: Bool
    ) throws(ConfigurationError) -> [String] {
        var subjects: [String] = []
        for element in value.elements {
            let text = try element.string()
            let parts = text.split(whereSeparator: \.isWhitespace)
            let isValid = 1...(withQueues ? 2 : 1) ~= parts.count && parts.allSatisfy { $0.isSubjectPattern }
            guard isValid else {
                throw ConfigurationError("subject \"\(text)\" is not a valid subject", at: element.position)
            }
            subjects.append(parts.joined(separator: " "))
        }
        return subjects
    }

    private func readResponses(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> SubjectPermissions.Responses? {
        var responses = SubjectPermissions.Responses(maximum: 1, expires: .seconds(120))
        if case .bool(let flag) = value.content { return flag ? responses : nil }
        let map = try value.map()
        try map.expectOnly(
            ["max", "max_msgs", "max_messages", "max_responses", "expires", "expiration", "ttl"],
            variablesAllowed: true
        )
        for field in map.fields {
            if field.key.lowercased().hasPrefix("max") {
                let maximum = try field.value.integer()
                // Zero asks for the default, less than that for no limit.
                if maximum != 0 { responses.maximum = max(maximum, -1) }
            } else {
                let expires = try field.value.duration()
                if expires != .zero { responses.expires = expires }
            }
        }
        return responses
    }
}

extension StringProtocol {
    /// Whether this may be subscribed to: no empty token, `>` only as the last one, no blank.
    var isSubjectPattern: Bool {
        let bytes = Array(utf8)
        return SubjectRules.isValidPattern(bytes.span) && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }
}
