package import RESProtocol

/// Makes a `BrokerConfiguration` of the fields of a configuration file.
///
/// Keys are those of nats-server, with their other spellings. What another kind of server would do (clusters, leaf nodes,
/// JetStream, …) is understood and gathers as a warning; what would leave a door open if it were ignored is an error.
struct ConfigurationReader {
    var configuration = BrokerConfiguration()
    /// The text of a file that is named, such as an operator's JWT.
    let readFile: (_ path: String) throws(TextFile.Failure) -> String

    init(readFile: @escaping (_ path: String) throws(TextFile.Failure) -> String) {
        self.readFile = readFile
        configuration.host = "0.0.0.0"
    }

    /// Keys that are understood and have no effect.
    static let withoutEffect: Set<String> = [
        "cluster", "gateway", "leaf", "leafnodes", "mqtt", "jetstream", "store_dir", "storedir",
        "default_js_domain",
        "ocsp", "ocsp_cache", "proxies", "feature_flags", "prof_port", "prof_block_rate",
        "connect_error_reports",
        "reconnect_error_reports", "resolver_tls", "default_sentinel", "write_timeout",
    ]

    /// Keys without effect that nobody needs to hear about: how nats-server remembers matches is its own affair.
    static let ofNoConcern: Set<String> = ["disable_sublist_cache", "no_sublist_cache"]

    static let serverKeys: Set<String> = [
        "listen", "client_advertise", "port", "server_name", "host", "net", "http", "https", "http_port",
        "monitor_port",
        "https_port", "http_base_path", "server_tags", "server_metadata", "pidfile", "pid_file",
        "ports_file_dir",
        "lame_duck_duration", "lame_duck_grace_period", "no_header_support", "no_fast_producer_stall",
        "proxy_protocol",
    ]

    static let logKeys: Set<String> = [
        "debug", "trace", "trace_verbose", "trace_headers", "logtime", "logtime_utc", "logfile", "log_file",
        "logfile_size_limit", "log_size_limit", "logfile_max_num", "log_max_num", "syslog", "remote_syslog",
        "max_traced_msg_len",
    ]

    static let limitKeys: Set<String> = [
        "max_control_line", "max_payload", "max_pending", "max_connections", "max_conn", "max_subscriptions",
        "max_subs",
        "max_sub_tokens", "max_subscription_tokens", "ping_interval", "ping_max", "write_deadline",
        "max_closed_clients",
    ]

    static let accessKeys: Set<String> = [
        "authorization", "accounts", "no_auth_user", "system_account", "system", "no_system_account",
        "no_system",
        "no_sys_acc", "operator", "operators", "roots", "root", "root_operators", "root_operator", "resolver",
        "account_resolver", "resolver_preload", "resolver_pinned_accounts", "trusted", "trusted_keys",
        "mappings", "maps",
    ]

    static let transportKeys: Set<String> = ["tls", "allow_non_tls", "websocket", "ws"]

    static let allKeys = withoutEffect.union(ofNoConcern).union(serverKeys).union(logKeys).union(limitKeys)
        .union(accessKeys).union(transportKeys)

    /// Reads the fields at the top of a file.
    mutating func read(_ map: ConfigurationMap) throws(ConfigurationError) {
        try map.expectOnly(ConfigurationReader.allKeys, variablesAllowed: true)
        for field in map.fields {
            let key = field.key.lowercased()
            if ConfigurationReader.serverKeys.contains(key) {
                try readServer(key, field.value)
            } else if ConfigurationReader.logKeys.contains(key) {
                try readLog(key, field.value)
            } else if ConfigurationReader.limitKeys.contains(key) {
                try readLimit(key, field.value)
            } else if ConfigurationReader.transportKeys.contains(key) {
                try readTransport(key, field.value)
            } else if ConfigurationReader.accessKeys.contains(key) {
                try readAccess(key, field.value)
            } else if ConfigurationReader.withoutEffect.contains(key), field.value.content != .bool(false) {
                warn("\"\(field.key)\" has no effect here", at: field.position)
            }
        }
        try checkAccess(in: map)
    }

    mutating func warn(_ message: String, at position: ConfigurationPosition) {
        configuration.warnings.append(ConfigurationWarning(position: position, message: message))
    }
}

extension BrokerConfiguration {
    /// All keys at the top of a configuration file, in every spelling.
    package static let fieldNames = ConfigurationReader.allKeys

    /// Reads what a configuration file says, in nats-server's keys.
    ///
    /// What the file leaves out has nats-server's default; clients connect on all addresses, `0.0.0.0`. Warnings gather
    /// in `warnings`.
    /// - Parameter readFile: the text of a file that is named, such as an operator's JWT; may block.
    /// - Throws: the first thing that is wrong, and where.
    package init(
        reading map: ConfigurationMap,
        readFile: @escaping (_ path: String) throws(TextFile.Failure) -> String = {
            path throws(TextFile.Failure) in
            try TextFile.read(path, maximumSize: JWT.maximumSize)
        }
    ) throws(ConfigurationError) {
        var reader = ConfigurationReader(readFile: readFile)
        try reader.read(map)
        self = reader.configuration
    }

    /// Reads a map that stands as a value, as in a file for several roles.
    package init(reading value: ConfigurationValue) throws(ConfigurationError) {
        try self.init(reading: try value.map())
    }
}
