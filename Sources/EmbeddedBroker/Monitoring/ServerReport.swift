import struct NIOCore.ByteBuffer

/// What a server is and how it is doing (`varz`).
struct ServerReport {
    let serverID: String
    let serverName: String
    let configuration: BrokerConfiguration
    let requiresAuthentication: Bool
    let ports: ListenerPorts
    let clock: WallClock
    let start: Moment
    let configured: Moment
    let now: Moment
    let load: ServerLoad
    /// How often each path was asked for.
    let requests: [String: Int]

    func write(into text: inout JSONText) {
        text.member("server_id", serverID)
        text.member("server_name", serverName)
        text.member("version", ServerInfo.version)
        text.member("proto", 1)
        text.member("go", "swift")
        writeListeners(into: &text)
        writeLimits(into: &text)
        writeWebSocket(into: &text)
        text.member("jetstream") { _ in }
        text.member("tls_timeout", (configuration.tls?.timeout ?? .seconds(2)).seconds)
        text.member("write_deadline", configuration.limits.writeDeadline.nanoseconds)
        text.member("start", clock.timestamp(start))
        text.member("now", clock.timestamp(now))
        text.member("uptime", DurationText.uptime(now - start))
        writeLoad(into: &text)
        text.member("http_req_stats") { text in
            for (path, count) in requests.sorted(by: { $0.key < $1.key }) { text.member(path, count) }
        }
        text.member("config_load_time", clock.timestamp(configured))
        text.member("config_digest", configuration.digest)
        if !configuration.tags.isEmpty { text.member("tags", strings: configuration.tags) }
        writeMetadata(into: &text)
        text.member("feature_flags") { FeatureFlags.write(into: &$0) }
        text.member("system_account", unlessEmpty: configuration.access.systemAccount)
        writeCounts("slow_consumer_stats", clients: load.traffic.slowConsumers, into: &text)
        writeCounts("stale_connection_stats", clients: load.staleConnections, into: &text)
        text.member("disk_io_wait_stats") { text in
            for name in ["waiters", "waits", "wait_time", "max_wait_time"] { text.member(name, 0) }
        }
    }

    private func writeListeners(into text: inout JSONText) {
        text.member("host", configuration.host)
        text.member("port", ports.clients)
        text.member("auth_required", ifTrue: requiresAuthentication)
        if let tls = configuration.tls {
            text.member("tls_required", ifTrue: !configuration.allowsPlaintext)
            text.member("tls_verify", ifTrue: tls.verifiesClients || tls.mapsCertificates)
        }
        text.member("max_connections", configuration.limits.maximumConnections)
        if configuration.limits.maximumSubscriptions > 0 {
            text.member("max_subscriptions", configuration.limits.maximumSubscriptions)
        }
        text.member("ping_interval", configuration.limits.pingInterval.nanoseconds)
        text.member("ping_max", configuration.limits.maximumPingsOutstanding)
        text.member("http_host", configuration.monitoring.host ?? configuration.host)
        text.member("http_port", ports.monitoring)
        text.member("http_base_path", configuration.monitoring.basePath)
        text.member("https_port", ports.secureMonitoring)
    }

    private func writeLimits(into text: inout JSONText) {
        let limits = configuration.limits
        text.member("auth_timeout", configuration.access.timeout.seconds)
        text.member("max_control_line", limits.maximumControlLine)
        text.member("max_payload", limits.maximumPayload)
        text.member("max_pending", limits.maximumPending)
        for name in ["cluster", "gateway", "leaf", "mqtt"] { text.member(name) { _ in } }
    }

    private func writeWebSocket(into text: inout JSONText) {
        text.member("websocket") { text in
            guard let webSocket = configuration.webSocket else { return }
            text.member("host", webSocket.host ?? configuration.host)
            text.member("port", ports.webSocket)
            text.member("advertise", unlessEmpty: webSocket.advertise)
            text.member("no_auth_user", unlessEmpty: webSocket.userWithoutCredentials)
            text.member("jwt_cookie", unlessEmpty: webSocket.cookies.jwt)
            if let timeout = webSocket.handshakeTimeout {
                text.member("handshake_timeout", timeout.nanoseconds)
            }
            if let timeout = webSocket.access?.timeout { text.member("auth_timeout", timeout.seconds) }
            text.member("no_tls", ifTrue: webSocket.tls == nil)
            text.member("tls_map", ifTrue: webSocket.tls?.mapsCertificates ?? false)
            text.member("same_origin", ifTrue: webSocket.requiresSameOrigin)
            if !webSocket.allowedOrigins.isEmpty {
                text.member("allowed_origins", strings: webSocket.allowedOrigins)
            }
            text.member("compression", ifTrue: webSocket.compresses)
        }
    }

    private func writeLoad(into text: inout JSONText) {
        text.member("mem", load.memory)
        text.member("cores", load.processors)
        text.member("gomaxprocs", 1)
        text.member("cpu", load.processorShare)
        text.member("connections", load.connections)
        text.member("total_connections", load.totalConnections)
        for name in ["routes", "remotes", "leafnodes"] { text.member(name, 0) }
        text.member("in_msgs", load.traffic.messagesIn)
        text.member("in_bytes", load.traffic.bytesIn)
        text.member("in_client_msgs", load.traffic.messagesIn)
        text.member("in_client_bytes", load.traffic.bytesIn)
        text.member("out_msgs", load.traffic.messagesOut)
        text.member("out_bytes", load.traffic.bytesOut)
        text.member("out_client_msgs", load.traffic.messagesOut)
        text.member("out_client_bytes", load.traffic.bytesOut)
        text.member("slow_consumers", load.traffic.slowConsumers)
        text.member("stale_connections", load.staleConnections)
        text.member("stalled_clients", load.stalledClients)
        text.member("subscriptions", load.subscriptions)
    }

    private func writeMetadata(into text: inout JSONText) {
        guard !configuration.metadata.isEmpty else { return }
        text.member("metadata") { text in
            for (name, value) in configuration.metadata.sorted(by: { $0.key < $1.key }) {
                text.member(name, value)
            }
        }
    }

    private func writeCounts(_ name: String, clients: UInt64, into text: inout JSONText) {
        text.member(name) { text in
            text.member("clients", clients)
            for name in ["routes", "gateways", "leafs"] { text.member(name, 0) }
        }
    }
}

/// Switches of nats-server, all of JetStream, as they stand where nobody turns them.
enum FeatureFlags {
    static func write(into text: inout JSONText) {
        text.member("js_ack_fc_v2", false)
        text.member("js_api_reply_v2", false)
        text.member("js_raft_delete_range", true)
        text.member("js_snapshot_sources", false)
    }
}

/// The ports that are listened on; zero where there is no listener.
struct ListenerPorts: Equatable {
    var clients = 0
    var monitoring = 0
    var secureMonitoring = 0
    var webSocket = 0
}

/// How much a server has to do, and has done.
struct ServerLoad: Equatable {
    /// Bytes of memory in use.
    var memory = 0
    var processors = 1
    /// Processor time in per cent of one processor.
    var processorShare = 0.0
    var connections = 0
    /// All that there have been, those that are gone among them.
    var totalConnections: UInt64 = 0
    /// Accounts with clients.
    var activeAccounts = 0
    var subscriptions = 0
    /// Of all clients, those that are gone among them.
    var traffic = TrafficStatistics()
    /// Clients that did not answer PING.
    var staleConnections: UInt64 = 0
    /// How often a publisher was made to wait.
    var stalledClients: UInt64 = 0
}

extension Duration {
    /// In seconds, with a fraction where there is one.
    var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}
