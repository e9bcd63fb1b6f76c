import RESProtocol

import struct NIOCore.ByteBuffer

/// Answers questions about a broker from the counters that its sessions keep. On the broker's loop.
final class Monitor {
    private unowned let core: BrokerCore
    private var usage: ProcessUsage
    /// How often each path was asked for over HTTP.
    private var requests: [String: Int] = [:]
    /// The ports that are listened on.
    var ports = ListenerPorts()

    init(of core: BrokerCore) {
        self.core = core
        usage = ProcessUsage(start: core.start)
    }

    private var serverID: String { core.environment.info.serverID }

    /// Counts a question.
    func countRequest(for path: String) { requests[path, default: 0] += 1 }

    // MARK: Reports

    /// The server as a whole.
    func writeServer(into text: inout JSONText) {
        let now = Moment.now
        ServerReport(
            serverID: serverID,
            serverName: core.environment.info.serverName,
            configuration: core.configuration,
            requiresAuthentication: core.environment.info.requiresAuthentication,
            ports: ports,
            clock: core.clock,
            start: core.start,
            configured: core.configured,
            now: now,
            load: load(at: now),
            requests: requests
        ).write(into: &text)
    }

    /// How much the server has to do.
    func load(at now: Moment) -> ServerLoad {
        var load = ServerLoad()
        load.memory = ProcessUsage.memory()
        load.processors = ProcessUsage.processors
        load.processorShare = usage.processorShare(at: now)
        load.connections = core.connectionCount
        load.totalConnections = core.totalConnections
        load.activeAccounts = core.accountRecords().count { $0.connections > 0 }
        load.subscriptions = core.subscriptionCount
        load.traffic = core.traffic
        load.staleConnections = core.staleConnections
        load.stalledClients = core.stalledClients
        return load
    }

    /// The server's numbers, as they are published in the system account.
    func writeStatistics(into text: inout JSONText) {
        let load = load(at: .now)
        text.member("start", core.clock.timestamp(core.start))
        text.member("mem", load.memory)
        text.member("cores", load.processors)
        text.member("cpu", load.processorShare)
        text.member("connections", load.connections)
        text.member("total_connections", load.totalConnections)
        text.member("active_accounts", load.activeAccounts)
        text.member("subscriptions", load.subscriptions)
        let sent = AccountRecord.Traffic(messages: load.traffic.messagesOut, bytes: load.traffic.bytesOut)
        let received = AccountRecord.Traffic(messages: load.traffic.messagesIn, bytes: load.traffic.bytesIn)
        text.member("sent") { sent.write(into: &$0) }
        text.member("sent_to_clients") { sent.write(into: &$0) }
        text.member("received") { received.write(into: &$0) }
        text.member("received_from_clients") { received.write(into: &$0) }
        text.member("slow_consumers", load.traffic.slowConsumers)
        text.member("active_servers", 1)
        text.member("gomaxprocs", 1)
    }

    /// The connections that a query means.
    func connections(_ query: ConnectionsQuery) -> ConnectionsReport {
        let now = Moment.now
        var records: [ConnectionRecord] = []
        var total = 0
        if query.state != .closed {
            for session in core.sessions {
                guard query.account.isEmpty || session.accountName == query.account else { continue }
                total += 1
                guard query.includes(session) else { continue }
                records.append(
                    session.record(subscriptions: query.subscriptions == .none ? 0 : .max, clock: core.clock)
                )
            }
        }
        if query.state != .open {
            for record in core.closedConnections.all {
                guard query.account.isEmpty || record.account == query.account else { continue }
                total += 1
                if query.includes(record) { records.append(record) }
            }
        }
        return ConnectionsReport(
            records,
            total: total,
            query: query,
            serverID: serverID,
            clock: core.clock,
            now: now
        )
    }

    /// The subscriptions that a query means.
    func subscriptions(_ query: SubscriptionsQuery) -> SubscriptionsReport {
        var records: [SubscriptionRecord] = []
        if query.lists {
            core.forEachSubscription { subscription, account in
                let record = SubscriptionRecord(subscription, account: account)
                if query.includes(record) { records.append(record) }
            }
        }
        return SubscriptionsReport(
            serverID: serverID,
            timestamp: core.clock.timestamp(.now),
            statistics: core.sublistStatistics(of: query.account),
            query: query,
            records: records
        )
    }

    /// All accounts' names, or one account.
    func writeAccounts(named name: String, into text: inout JSONText) throws(MonitoringError) {
        let records = core.accountRecords()
        let account = records.first { $0.name == name }
        guard name.isEmpty || account != nil else { throw .badRequest("Account \(name) does not exist") }
        text.member("server_id", serverID)
        text.member("now", core.clock.timestamp(.now))
        text.member("system_account", unlessEmpty: core.configuration.access.systemAccount)
        if let account {
            text.member("account_detail") { text in
                account.writeDetail(clock: core.clock, updated: core.configured, into: &text)
            }
        } else {
            text.member("accounts", strings: records.map(\.name))
        }
    }

    /// The numbers of accounts.
    ///
    /// - Parameters:
    ///   - names: of these accounts; nil for all.
    ///   - includingUnused: also of those without clients.
    func writeAccountStatistics(of names: [String]?, includingUnused: Bool, into text: inout JSONText) {
        let records = core.accountRecords().filter { record in
            if let names { return names.contains(record.name) }
            return includingUnused || record.connections > 0
        }
        text.member("server_id", serverID)
        text.member("now", core.clock.timestamp(.now))
        text.member("account_statz", objects: records) { $1.writeStatistics(into: &$0) }
    }

    /// What this broker has none of: routes, gateways, leaf nodes, JetStream.
    func writeAbsent(_ kind: AbsentKind, into text: inout JSONText) {
        let now = core.clock.timestamp(.now)
        if kind != .jetStream {
            text.member("server_id", serverID)
            if kind == .routes { text.member("server_name", core.environment.info.serverName) }
            text.member("now", now)
        }
        switch kind {
        case .routes:
            text.member("num_routes", 0)
            text.member("routes", strings: [])
        case .gateways:
            text.member("outbound_gateways") { _ in }
            text.member("inbound_gateways") { _ in }
        case .leafNodes:
            text.member("leafnodes", 0)
            text.member("leafs", strings: [])
        case .jetStream: writeNoJetStream(now: now, into: &text)
        }
    }

    /// What a server of a cluster can have, and this one has not.
    enum AbsentKind: Equatable {
        case routes, gateways, leafNodes, jetStream
    }

    private func writeNoJetStream(now: String, into text: inout JSONText) {
        for name in ["memory", "storage", "reserved_memory", "reserved_storage", "accounts", "ha_assets"] {
            text.member(name, 0)
        }
        text.member("api") { text in
            for name in ["level", "total", "errors"] { text.member(name, 0) }
        }
        text.member("server_id", serverID)
        text.member("now", now)
        text.member("disabled", true)
        text.member("config") { text in
            for name in ["max_memory", "max_storage"] { text.member(name, 0) }
        }
        for name in ["streams", "consumers", "messages", "bytes", "total"] { text.member(name, 0) }
    }
}

extension ConnectionsQuery {
    fileprivate func includes(_ session: ClientSession) -> Bool {
        guard id == nil || session.id == id, user.isEmpty || session.user == user else { return false }
        guard !filterSubject.isEmpty, filterSubject != ">" else { return true }
        return session.subscriptions.values.contains { subscription in
            SubjectOverlap.collide(String(decoding: subscription.pattern, as: UTF8.self), filterSubject)
        }
    }

    fileprivate func includes(_ record: ConnectionRecord) -> Bool {
        guard id == nil || record.id == id, user.isEmpty || record.user == user else { return false }
        guard !filterSubject.isEmpty, filterSubject != ">" else { return true }
        return record.subscriptions.contains { SubjectOverlap.collide($0.subject, filterSubject) }
    }
}

extension SubscriptionRecord {
    init(_ subscription: Subscription, account: String) {
        self.account = account
        subject = String(decoding: subscription.pattern, as: UTF8.self)
        queue = String(decoding: subscription.queue, as: UTF8.self)
        messages = subscription.delivered
        maximum = subscription.maximum
        if let session = subscription.receiver as? ClientSession {
            client = session.id
            sid = String(decoding: subscription.sid.bytes, as: UTF8.self)
        } else {
            sid = String(subscription.sid.words.0)
        }
    }
}

extension ClientSession {
    /// What is known of the connection at this moment.
    ///
    /// - Parameter limit: how many of its subscriptions are told at most.
    func record(subscriptions limit: Int, clock: WallClock) -> ConnectionRecord {
        var record = ConnectionRecord()
        record.id = id
        record.address = address
        record.port = origin.port
        record.type = origin.transport == .webSocket ? "websocket" : "nats"
        record.start = clock.moment(of: startedAt)
        record.lastActivity = max(record.start, lastActivity ?? record.start)
        record.roundTrip = liveness.roundTrip ?? .zero
        record.pendingBytes = outbox.pendingBytes
        record.traffic = statistics
        record.subscriptionCount = endedSubscriptions?.count ?? subscriptions.count
        record.name = options.name
        record.language = options.language
        record.version = options.version
        record.user = user
        record.account = accountName
        record.tlsVersion = origin.tlsVersion
        record.tlsCipherSuite = origin.tlsCipherSuite
        record.tags = identity.jwt?.claims["tags"]?.elements.compactMap(\.string) ?? []
        record.issuerKey = identity.jwt?.issuer.text ?? ""
        record.jwt = identity.jwt == nil ? "" : options.jwt
        if let endedSubscriptions {
            record.subscriptions = endedSubscriptions.records
        } else if limit > 0 {
            record.subscriptions = subscriptions.values.prefix(limit).map {
                SubscriptionRecord($0, account: accountName)
            }
        }
        return record
    }
}
