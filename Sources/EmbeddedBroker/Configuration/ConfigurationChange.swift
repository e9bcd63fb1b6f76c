/// What becomes of a running broker that is given another configuration: what keeps it from taking it, or what changes,
/// in the words of nats-server's log.
struct ConfigurationChange {
    /// Why it cannot be taken; nil when it can.
    private(set) var refusal: BrokerReloadError?
    /// What changes: `Reloaded: tls = enabled`.
    private(set) var effects: [String] = []

    /// - Parameter ports: those in use, where the configuration asks for any free one.
    init(from old: BrokerConfiguration, to new: BrokerConfiguration, ports: ListenerPorts) {
        refuse(old, new, ports)
        guard refusal == nil else { return }
        noteLog(old.log, new.log)
        if old.clientAdvertise != new.clientAdvertise {
            effects.append("Reload: client_advertise = \(new.clientAdvertise ?? "")")
        }
        effects += ["Reloaded: authorization users", "Reloaded: accounts"]
        noteAccess(old, new)
        noteTLS(old.tls, new.tls)
        noteLimits(old.limits, new.limits)
        note("pid_file", old.pidFile ?? "", new.pidFile ?? "")
        note("ports_file_dir", old.portsFileFolder ?? "", new.portsFileFolder ?? "")
        if old.tags != new.tags { effects.append("Reloaded: tags") }
        if old.metadata != new.metadata { effects.append("Reloaded: metadata") }
        note("max_traced_msg_len", old.log.maximumTracedLength, new.log.maximumTracedLength)
        if old.stallsFastProducers != new.stallsFastProducers {
            effects.append("Reloaded: fast producers will \(new.stallsFastProducers ? "" : "not ")be stalled")
        }
    }

    // MARK: What cannot change

    private mutating func refuse(
        _ old: BrokerConfiguration,
        _ new: BrokerConfiguration,
        _ ports: ListenerPorts
    ) {
        check("Host", old.host, new.host)
        check("Port", old.port, new.port, inUse: ports.clients)
        check("ServerName", old.serverName ?? "", new.serverName ?? "")
        check("HTTPPort", old.monitoring.port, new.monitoring.port, inUse: ports.monitoring)
        check(
            "HTTPSPort",
            old.monitoring.securePort,
            new.monitoring.securePort,
            inUse: ports.secureMonitoring
        )
        check("HTTPBasePath", old.monitoring.basePath, new.monitoring.basePath)
        checkWebSocket(old.webSocket, new.webSocket, ports)
        check("SystemAccount", old.access.systemAccount ?? "", new.access.systemAccount ?? "")
        check("NoAuthUser", old.access.userWithoutCredentials ?? "", new.access.userWithoutCredentials ?? "")
        check("AllowNonTLS", old.allowsPlaintext, new.allowsPlaintext)
        check(
            "TLSRateLimit",
            old.tls?.maximumHandshakesPerSecond ?? 0,
            new.tls?.maximumHandshakesPerSecond ?? 0
        )
        check("NoHeaderSupport", !old.allowsHeaders, !new.allowsHeaders)
        check("MaxSubs", old.limits.maximumSubscriptions, new.limits.maximumSubscriptions)
        check("MaxSubTokens", old.limits.maximumSubscriptionTokens, new.limits.maximumSubscriptionTokens)
        check("MaxPending", old.limits.maximumPending, new.limits.maximumPending)
        check("MaxClosedClients", old.limits.maximumClosedConnections, new.limits.maximumClosedConnections)
        check("LameDuckDuration", text(old.lameDuck.duration), text(new.lameDuck.duration))
        check("LameDuckGracePeriod", text(old.lameDuck.gracePeriod), text(new.lameDuck.gracePeriod))
    }

    private mutating func check<Value: Equatable>(_ name: String, _ old: Value, _ new: Value) {
        guard refusal == nil, old != new else { return }
        refusal = BrokerReloadError(key: name, change: "old=\(old), new=\(new)")
    }

    /// A port that is free to choose stays the one in use, which may be named too.
    private mutating func check(_ name: String, _ old: Int?, _ new: Int?, inUse port: Int) {
        if old == 0, new == port { return }
        check(name, number(old), number(new))
    }

    /// A port as nats-server's configuration has it: -1 for any free one, 0 for none.
    private func number(_ port: Int?) -> Int { port.map { $0 == 0 ? -1 : $0 } ?? 0 }

    private mutating func checkWebSocket(
        _ old: BrokerWebSocket?,
        _ new: BrokerWebSocket?,
        _ ports: ListenerPorts
    ) {
        var (before, after) = (old, new)
        before?.tls = nil
        after?.tls = nil
        if before?.port == 0, after?.port == ports.webSocket { after?.port = 0 }
        guard refusal == nil, before != after || (old?.tls == nil) != (new?.tls == nil) else { return }
        func place(_ settings: BrokerWebSocket?) -> String {
            settings.map { "{\($0.host ?? "") \($0.port == 0 ? ports.webSocket : $0.port)}" } ?? "{ 0}"
        }
        refusal = BrokerReloadError(key: "Websocket", change: "old=\(place(old)), new=\(place(new))")
    }

    // MARK: What changes

    private mutating func note<Value: Equatable>(_ name: String, _ old: Value, _ new: Value) {
        if old != new { effects.append("Reloaded: \(name) = \(new)") }
    }

    private mutating func noteLog(_ old: BrokerLog, _ new: BrokerLog) {
        note("trace", old.trace, new.trace)
        note("trace_verbose", old.tracesSystemAccount, new.tracesSystemAccount)
        note("debug", old.debug, new.debug)
    }

    private mutating func noteAccess(_ old: BrokerConfiguration, _ new: BrokerConfiguration) {
        if old.access.users.count == 1, new.access.users.count == 1 {
            if old.access.users[0].name != new.access.users[0].name {
                effects.append("Reloaded: authorization username")
            }
            if old.access.users[0].password != new.access.users[0].password {
                effects.append("Reloaded: authorization password")
            }
        }
        if old.access.token != new.access.token { effects.append("Reloaded: authorization token") }
        if old.access.timeout != new.access.timeout {
            effects.append("Reloaded: authorization timeout = \(seconds(new.access.timeout))")
        }
    }

    private mutating func noteTLS(_ old: BrokerTLS?, _ new: BrokerTLS?) {
        if let old, let new, old.timeout != new.timeout {
            effects.append("Reloaded: tls timeout = \(seconds(new.timeout))")
        }
        if let old, let new, old.handshakeFirst != new.handshakeFirst {
            effects.append("Reloaded: Client TLS handshake first: \(new.handshakeFirst != .never)")
        }
        var (before, after) = (old, new)
        before?.timeout = .zero
        after?.timeout = .zero
        before?.handshakeFirst = .never
        after?.handshakeFirst = .never
        guard before != after else { return }
        effects.append("Reloaded: tls = \(new == nil ? "disabled" : "enabled")")
        if let new, old?.pinnedCertificates != new.pinnedCertificates, !new.pinnedCertificates.isEmpty {
            effects.append("Reloaded: \(new.pinnedCertificates.count) pinned_certs")
        }
    }

    private mutating func noteLimits(_ old: BrokerLimits, _ new: BrokerLimits) {
        note("max_connections", old.maximumConnections, new.maximumConnections)
        note("max_control_line", old.maximumControlLine, new.maximumControlLine)
        note("max_payload", old.maximumPayload, new.maximumPayload)
        note("ping_interval", text(old.pingInterval), text(new.pingInterval))
        note("ping_max", old.maximumPingsOutstanding, new.maximumPingsOutstanding)
        note("write_deadline", text(old.writeDeadline), text(new.writeDeadline))
    }

    private func text(_ duration: Duration) -> String { DurationText.exact(duration) }

    /// As Go writes a number of seconds.
    private func seconds(_ duration: Duration) -> String {
        let seconds = duration.seconds
        return seconds == seconds.rounded() ? String(Int64(seconds)) : String(seconds)
    }
}
