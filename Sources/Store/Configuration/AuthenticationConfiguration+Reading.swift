import RESProtocol

extension AuthenticationConfiguration {
    /// The fields of `auth`.
    package static let fieldNames = [
        "table", "user", "password", "claims", "lifetime", "algorithm", "key", "key_file", "attempts",
        "window",
    ]

    /// Reads the login of a database.
    init(reading value: ConfigurationValue, folder: String) throws(ConfigurationError) {
        let map = try value.map()
        try map.expectOnly(AuthenticationConfiguration.fieldNames)
        func required(_ name: String) throws(ConfigurationError) -> String {
            guard let field = map[name] else {
                throw ConfigurationError(
                    "auth has no \"\(name)\"; it needs table, user and password: the table of users, and its columns",
                    at: value.position
                )
            }
            return try field.value.string()
        }
        self.init(
            table: try required("table"),
            user: try required("user"),
            password: try required("password")
        )
        for field in map.fields { positions[field.key.lowercased()] = field.value.position }
        if let field = map["claims"] { claims = try field.value.strings() }
        if let field = map["lifetime"] {
            let seconds = try field.value.duration().components.seconds
            guard 1...31_536_000 ~= seconds else { throw field.value.expected("a time from 1s to a year") }
            lifetime = seconds
        }
        if let field = map["algorithm"] {
            algorithm = try field.value.word(of: ["hs256": .hmac, "eddsa": .ed25519])
        }
        if let field = map["attempts"] { attempts.count = try field.value.integer(in: 1...1000) }
        if let field = map["window"] {
            let seconds = try field.value.duration().components.seconds
            guard 1...86_400 ~= seconds else { throw field.value.expected("a time from 1s to 24h") }
            attempts.window = seconds
        }
        if let field = map["key"] { key = .text(try field.value.string()) }
        guard let field = map["key_file"] else { return }
        guard map["key"] == nil else {
            throw ConfigurationError("auth takes key or key_file, and not both", at: field.position)
        }
        let path = try field.value.string()
        key = .file(path.hasPrefix("/") ? path : folder + path)
    }
}
