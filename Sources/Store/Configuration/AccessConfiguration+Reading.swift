import RESProtocol

extension AccessConfiguration {
    /// Takes the rules that hold for all of a database.
    mutating func read(_ map: ConfigurationMap) throws(ConfigurationError) {
        defaults = try ResourceAccess(reading: map)
        if let field = map["reads"] { readable = Set(try field.value.strings()) }
    }
}

extension ResourceAccess {
    /// Reads `get`, `list` and `call` among other fields.
    init(reading map: ConfigurationMap) throws(ConfigurationError) {
        self.init()
        get = try map["get"].map { field throws(ConfigurationError) in try AccessRule(reading: field.value) }
        list = try map["list"].map { field throws(ConfigurationError) in try AccessRule(reading: field.value)
        }
        call = try map["call"].map { field throws(ConfigurationError) in try CallRules(reading: field.value) }
    }
}

extension AccessRule {
    /// Reads `true`, `false`, or an expression.
    init(reading value: ConfigurationValue) throws(ConfigurationError) {
        switch value.content {
        case .bool(let isOpen): self = isOpen ? .open : .closed
        case .string(let sql, let isQuoted):
            let text = RuleText(sql, at: value.position, isQuoted: isQuoted)
            // What can be said without the database is said with the file.
            _ = try RuleExpression(text)
            self = .expression(text)
        default: throw value.expected("true, false, or an SQL expression in quotes")
        }
    }
}

extension CallRules {
    /// Reads one rule for all methods, a list of the methods that are open, or rules by method, `*` being the others.
    init(reading value: ConfigurationValue) throws(ConfigurationError) {
        switch value.content {
        case .array:
            let methods = try value.strings()
            self.init(
                Dictionary(methods.map { ($0, AccessRule.open) }, uniquingKeysWith: { first, _ in first }),
                others: methods.contains("*") ? .open : .closed
            )
        case .map(let map):
            self.init(others: .closed)
            for field in map.fields {
                let rule = try AccessRule(reading: field.value)
                if field.key == "*" { others = rule } else { methods[field.key] = rule }
            }
        default:
            do throws(ConfigurationError) {
                self.init(others: try AccessRule(reading: value))
            } catch {
                guard case .integer = value.content else { throw error }
                throw value.expected(
                    "true, false, an expression in quotes, a list of methods, or rules by method"
                )
            }
        }
    }
}
