package import RESProtocol

/// What a configuration file says of one database.
extension StoreConfiguration {
    /// The fields of a database.
    package static let fieldNames = [
        "file", "db", "name", "wal", "read_only", "durability", "links", "generic", "limits", "tables", "get",
        "list", "call", "reads", "sql", "auth",
    ]

    /// Reads a database: a map of fields, or the path of the file alone.
    ///
    /// - Parameters:
    ///   - name: the key under which it stands.
    ///   - folder: what relative paths start from, with a slash at the end; empty for the working directory.
    /// - Throws: the first thing that is wrong, and where. Whether tables and columns exist shows when it is opened.
    package init(
        reading value: ConfigurationValue,
        name: String,
        folder: String
    ) throws(ConfigurationError) {
        func path(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
            let path = try value.string()
            guard !path.isEmpty else { throw value.expected("the path of a file") }
            return path.hasPrefix("/") ? path : folder + path
        }
        if case .string = value.content {
            self.init(path: try path(value), name: name)
            return
        }
        let map = try value.map()
        try map.expectOnly(StoreConfiguration.fieldNames)
        guard let file = map["file"] else {
            throw ConfigurationError("the database \(name) has no \"file\"", at: value.position)
        }
        self.init(path: try path(file.value), name: name)
        if let field = map["db"] { databaseFile = try path(field.value) }
        if let field = map["name"] { self.name = try field.value.string() }
        if let field = map["wal"] { convertsToWAL = try field.value.bool() }
        if let field = map["read_only"] { isReadOnly = try field.value.bool() }
        if let field = map["durability"] {
            durability = try field.value.word(of: ["full": .full, "normal": .normal])
        }
        if let field = map["links"] { links = try field.value.linkMode() }
        if let field = map["generic"] { genericResources = try field.value.genericResources() }
        if let field = map["limits"] { try readLimits(field.value) }
        try access.read(map)
        for field in try map["tables"]?.value.map().fields ?? [] { try readTable(field) }
        for field in try map["sql"]?.value.map().fields ?? [] { try readSQL(field) }
        guard let field = map["auth"], !field.value.isNull else { return }
        let login = try AuthenticationConfiguration(reading: field.value, folder: folder)
        authentication = login
        // What passwords hash to is nobody's business.
        tables[login.table, default: TableOptions()].hiddenColumns.insert(login.password)
    }

    /// The fields of `limits`.
    package static let limitNames = [
        "default_limit", "limit", "query_length", "filters", "values", "pending", "group", "batch", "changes",
        "busy_time", "read_time",
    ]

    private mutating func readLimits(_ value: ConfigurationValue) throws(ConfigurationError) {
        let map = try value.map()
        try map.expectOnly(StoreConfiguration.limitNames)
        for field in map.fields {
            let value = field.value
            switch field.key.lowercased() {
            case "default_limit": queries.defaultLimit = try value.integer(in: 1...1_000_000)
            case "limit": queries.maximumLimit = try value.integer(in: 1...1_000_000)
            case "query_length": queries.maximumLength = try value.integer(in: 64...1_048_576)
            case "filters": queries.maximumFilters = try value.integer(in: 1...1000)
            case "values": queries.maximumValues = try value.integer(in: 1...30_000)
            case "pending": maximumPending = try value.integer(in: 1...16_777_216)
            case "group": maximumGroup = try value.integer(in: 1...65_536)
            case "batch": maximumBatch = try value.integer(in: 1...1_000_000)
            case "changes": maximumChanges = try value.integer(in: 1...10_000_000)
            case "busy_time": busyTimeout = try value.milliseconds(upTo: 600_000)
            case "read_time": readTime = try value.milliseconds(upTo: 3_600_000)
            default: break
            }
        }
        guard queries.defaultLimit <= queries.maximumLimit else {
            throw ConfigurationError(
                "default_limit \(queries.defaultLimit) is above limit \(queries.maximumLimit)",
                at: value.position
            )
        }
    }

    /// The fields of a table or view.
    package static let tableFieldNames = [
        "hidden", "hide", "key", "links", "default_limit", "limit", "get", "list", "call",
    ]

    private mutating func readTable(_ field: ConfigurationField) throws(ConfigurationError) {
        let map = try field.value.map()
        try map.expectOnly(StoreConfiguration.tableFieldNames)
        var options = TableOptions()
        if let field = map["hidden"] { options.isHidden = try field.value.bool() }
        if let field = map["hide"] { options.hiddenColumns = Set(try field.value.strings()) }
        if let field = map["key"] { options.key = try field.value.strings() }
        if let field = map["links"] { options.links = try field.value.linkMode() }
        if let field = map["default_limit"] {
            options.defaultLimit = try field.value.integer(in: 1...1_000_000)
        }
        if let field = map["limit"] { options.maximumLimit = try field.value.integer(in: 1...1_000_000) }
        if options != TableOptions() { tables[field.key] = options }
        let access = try ResourceAccess(reading: map)
        if !access.isEmpty { self.access.tables[field.key] = .init(access, at: field.position) }
    }

    /// The fields of named SQL.
    package static let sqlFieldNames = ["sql", "parameters", "get", "call"]

    private mutating func readSQL(_ field: ConfigurationField) throws(ConfigurationError) {
        if case .string(let sql, _) = field.value.content {
            var named = NamedSQL(name: field.key, sql: sql)
            named.place = "\(field.value.position)"
            return namedSQL.append(named)
        }
        let map = try field.value.map()
        try map.expectOnly(StoreConfiguration.sqlFieldNames)
        guard let sql = map["sql"] else {
            throw ConfigurationError("\(field.key) has no \"sql\"", at: field.value.position)
        }
        var named = NamedSQL(name: field.key, sql: try sql.value.string())
        named.place = "\(sql.value.position)"
        for parameter in try map["parameters"]?.value.map().fields ?? [] {
            named.parameters[parameter.key] = try parameter.value.namedParameter()
        }
        namedSQL.append(named)
        let access = try ResourceAccess(reading: map)
        if !access.isEmpty { self.access.namedSQL[field.key] = .init(access, at: field.position) }
    }
}

extension ConfigurationValue {
    /// One of some words.
    func word<Meaning>(of words: [String: Meaning]) throws(ConfigurationError) -> Meaning {
        let known = words.keys.sorted()
        if case .string(let text, _) = content, let meaning = words[text.lowercased()] { return meaning }
        throw expected("one of " + known.joined(separator: ", "))
    }

    fileprivate func linkMode() throws(ConfigurationError) -> LinkMode {
        try word(of: Dictionary(uniqueKeysWithValues: LinkMode.allCases.map { ($0.rawValue, $0) }))
    }

    /// On and off are booleans of the grammar.
    fileprivate func genericResources() throws(ConfigurationError) -> GenericResources {
        if case .bool(let flag) = content { return flag ? .on : .off }
        return try word(of: ["automatic": .automatic, "on": .on, "off": .off])
    }

    /// A type, or a map of a type and whether the parameter may be left out.
    fileprivate func namedParameter() throws(ConfigurationError) -> NamedSQL.Parameter {
        let types = Dictionary(
            uniqueKeysWithValues: NamedSQL.ParameterType.allCases.map { ($0.rawValue, $0) }
        )
        guard case .map(let map) = content else { return .init(try word(of: types)) }
        try map.expectOnly(["type", "optional"])
        return .init(
            try map["type"]?.value.word(of: types) ?? .any,
            isOptional: try map["optional"]?.value.bool() ?? false
        )
    }

    /// A span of time, in whole milliseconds.
    fileprivate func milliseconds(upTo limit: UInt64) throws(ConfigurationError) -> UInt64 {
        let (seconds, attoseconds) = try duration().components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard let milliseconds = UInt64(exactly: milliseconds), milliseconds <= limit else {
            throw expected("a time up to \(limit / 1000)s")
        }
        return milliseconds
    }
}
