import RESProtocol

extension ConfigurationReader {
    mutating func readServer(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "listen":
            let (host, port) = try value.hostAndPort()
            if let host { configuration.host = host }
            configuration.port = try clientPort(port, value)
        case "port": configuration.port = try clientPort(try value.port(), value)
        case "host", "net": configuration.host = try value.string()
        case "client_advertise": configuration.clientAdvertise = try value.string()
        case "server_name": configuration.serverName = try serverName(value)
        case "http":
            let (host, port) = try value.hostAndPort()
            if let host { configuration.monitoring.host = host }
            configuration.monitoring.port = listenerPort(port)
        case "https":
            let (host, port) = try value.hostAndPort()
            if let host { configuration.monitoring.host = host }
            configuration.monitoring.securePort = listenerPort(port)
        case "http_port", "monitor_port": configuration.monitoring.port = listenerPort(try value.port())
        case "https_port": configuration.monitoring.securePort = listenerPort(try value.port())
        case "http_base_path": configuration.monitoring.basePath = try basePath(value)
        case "server_tags":
            configuration.tags += try value.strings().flatMap { $0.split(separator: " ").map(String.init) }
        case "server_metadata":
            for field in try value.map().fields {
                configuration.metadata[field.key] = try field.value.string()
            }
        case "pidfile", "pid_file": configuration.pidFile = try value.optionalString()
        case "ports_file_dir": configuration.portsFileFolder = try value.optionalString()
        case "lame_duck_duration": configuration.lameDuck.duration = try lameDuckDuration(value)
        case "lame_duck_grace_period": configuration.lameDuck.gracePeriod = try gracePeriod(value)
        case "no_header_support": configuration.allowsHeaders = try !value.bool()
        case "no_fast_producer_stall": configuration.stallsFastProducers = try !value.bool()
        case "proxy_protocol": try refuseProxyProtocol(value)
        default: break
        }
    }

    mutating func readLog(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "debug": configuration.log.debug = try value.bool()
        case "trace": configuration.log.trace = try value.bool()
        case "trace_verbose":
            configuration.log.tracesSystemAccount = try value.bool()
            if configuration.log.tracesSystemAccount { configuration.log.trace = true }
        case "trace_headers":
            configuration.log.tracesHeadersOnly = try value.bool()
            if configuration.log.tracesHeadersOnly { configuration.log.trace = true }
        case "logtime": configuration.log.timestamps = try value.bool()
        case "logtime_utc": configuration.log.timestampsInUTC = try value.bool()
        case "logfile", "log_file": configuration.log.file = try value.optionalString()
        case "logfile_size_limit", "log_size_limit":
            configuration.log.fileSizeLimit = max(0, Int(clamping: try value.integer()))
        case "logfile_max_num", "log_max_num":
            configuration.log.maximumFiles = max(0, Int(clamping: try value.integer()))
        case "syslog": configuration.log.syslog = try value.bool()
        case "remote_syslog": configuration.log.remoteSyslog = try value.optionalString()
        case "max_traced_msg_len":
            configuration.log.maximumTracedLength = max(0, Int(clamping: try value.integer()))
        default: break
        }
    }

    mutating func readLimit(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "max_control_line":
            configuration.limits.maximumControlLine = try value.integer(in: 1...Int(Int32.max))
        case "max_payload":
            configuration.limits.maximumPayload = try value.integer(in: 0...Int(Int32.max))
        case "max_pending": configuration.limits.maximumPending = try value.integer(in: 1...Int.max / 4)
        case "max_connections", "max_conn":
            let number = Int(clamping: try value.integer())
            configuration.limits.maximumConnections = number <= 0 ? Int.max : number
        case "max_subscriptions", "max_subs":
            configuration.limits.maximumSubscriptions = max(0, Int(clamping: try value.integer()))
        case "max_sub_tokens", "max_subscription_tokens":
            configuration.limits.maximumSubscriptionTokens = try value.integer(in: 0...255)
        case "ping_interval": configuration.limits.pingInterval = try value.positiveDuration()
        case "ping_max":
            configuration.limits.maximumPingsOutstanding = try value.integer(in: 1...Int(Int32.max))
        case "write_deadline": configuration.limits.writeDeadline = try value.positiveDuration()
        case "max_closed_clients":
            configuration.limits.maximumClosedConnections = max(0, Int(clamping: try value.integer()))
        default: break
        }
    }

    /// 0 is the usual port, -1 any free one.
    private func clientPort(_ port: Int, _ value: ConfigurationValue) throws(ConfigurationError) -> Int {
        port == 0 ? 4222 : max(port, 0)
    }

    /// 0 is no listener, -1 any free port.
    private func listenerPort(_ port: Int) -> Int? {
        port == 0 ? nil : max(port, 0)
    }

    private func serverName(_ value: ConfigurationValue) throws(ConfigurationError) -> String? {
        let name = try value.string()
        guard !name.contains(where: \.isWhitespace) else {
            throw ConfigurationError("server name cannot contain spaces", at: value.position)
        }
        return name.isEmpty ? nil : name
    }

    private func basePath(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let path = try value.string().split(separator: "/").joined(separator: "/")
        return path.isEmpty ? "" : "/" + path
    }

    private func lameDuckDuration(_ value: ConfigurationValue) throws(ConfigurationError) -> Duration {
        let duration = try value.duration()
        guard duration >= BrokerLameDuck.minimumDuration else {
            throw ConfigurationError(
                "invalid lame_duck_duration of \(duration.components.seconds)s, minimum is 30 seconds",
                at: value.position
            )
        }
        return duration
    }

    private func gracePeriod(_ value: ConfigurationValue) throws(ConfigurationError) -> Duration {
        let duration = try value.duration()
        guard duration >= .zero else {
            throw ConfigurationError(
                "invalid lame_duck_grace_period, needs to be positive",
                at: value.position
            )
        }
        return duration
    }

    /// Addresses in front of the protocol would be taken for the protocol.
    private func refuseProxyProtocol(_ value: ConfigurationValue) throws(ConfigurationError) {
        guard try value.bool() else { return }
        throw ConfigurationError("\"proxy_protocol\" is not supported", at: value.position)
    }
}

extension ConfigurationValue {
    /// A port number: 0 to 65535, or -1 for any free one.
    func port() throws(ConfigurationError) -> Int {
        try integer(in: -1...65_535)
    }

    /// A port alone, or `host:port`.
    func hostAndPort() throws(ConfigurationError) -> (host: String?, port: Int) {
        guard case .string(let text, _) = content else { return (nil, try port()) }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            -1...65_535 ~= port
        else { throw expected("a port, or a host and a port as in \"localhost:4222\"") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (host.isEmpty ? nil : host, port)
    }

    /// A text; nil when it is empty.
    func optionalString() throws(ConfigurationError) -> String? {
        let text = try string()
        return text.isEmpty ? nil : text
    }

    /// A duration longer than zero.
    func positiveDuration() throws(ConfigurationError) -> Duration {
        let duration = try duration()
        guard duration > .zero else { throw expected("a duration longer than zero") }
        return duration
    }
}
