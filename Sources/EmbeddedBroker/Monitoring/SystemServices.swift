import RESProtocol

import struct NIOCore.ByteBuffer

/// Answers requests under `$SYS.REQ`: those of the system account's users about everything, and those of other accounts
/// about themselves.
final class SystemServices: Receiver {
    /// What a server can be asked; `$SYS.REQ.SERVER.PING.…` asks all servers, `$SYS.REQ.SERVER.ID.…` one.
    private enum ServerQuestion: String, CaseIterable {
        case idz, statsz, varz, connz, subsz, routez, gatewayz, leafz, accountz, jsz, healthz, raftz,
            ipqueuesz, profilez
    }

    /// What may be asked of an account: `$SYS.REQ.ACCOUNT.NAME.…`.
    private enum AccountQuestion: String, CaseIterable {
        case subsz, connz, leafz, jsz, info, statz
    }

    /// What is done for a request, and what is answered; it fails with a `MonitoringError`.
    typealias Answering = (_ request: Publication) throws -> ByteBuffer?

    unowned let core: BrokerCore
    private unowned let monitor: Monitor
    private var answers: [UInt64: Answering] = [:]
    private var lastID: UInt64 = 0

    /// - Parameter account: whose clients ask.
    init(in account: Account, core: BrokerCore, monitor: Monitor) {
        self.core = core
        self.monitor = monitor
        super.init(account: account)
    }

    var environment: SessionEnvironment { core.environment }

    // MARK: Subjects

    /// Answers what the users of the system account may ask.
    func answerEverything() {
        let id = environment.info.serverID
        add("$SYS.REQ.SERVER.PING") { [unowned self] in try answer(.statsz, $0) }
        for question in ServerQuestion.allCases {
            let name = question.rawValue.uppercased()
            add("$SYS.REQ.SERVER.PING.\(name)") { [unowned self] in try answer(question, $0) }
            add("$SYS.REQ.SERVER.\(id).\(name)") { [unowned self] in try answer(question, $0) }
        }
        add("$SYS.REQ.SERVER.\(id).KICK") { [unowned self] in try kick($0) }
        add("$SYS.REQ.SERVER.\(id).RELOAD") { [unowned self] in reload($0) }
        for name in ["PING", id] {
            add("$SYS.REQ.SERVER.\(name).EXPVARZ") { [unowned self] _ in
                data { ProcessReport.writeVariables(into: &$0) }
            }
        }
        answerClaims()
        add("$SYS.REQ.SERVER.\(id).LDM") { [unowned self] in try sendAway($0) }
        for question in AccountQuestion.allCases {
            add("$SYS.REQ.ACCOUNT.*.\(question.rawValue.uppercased())") { [unowned self] in
                try answer(question, $0)
            }
        }
    }

    /// Answers what the clients of any account may ask about it.
    func answerAboutItself() {
        let name = account.name
        for subject in ["$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ"] {
            add(subject) { [unowned self] publication in
                try connections(publication.payload, of: name)
            }
        }
        add("$SYS.REQ.ACCOUNT.PING.STATZ") { [unowned self] _ in
            data { self.monitor.writeAccountStatistics(of: [name], includingUnused: true, into: &$0) }
        }
    }

    func add(_ subject: String, _ answer: @escaping Answering) {
        lastID += 1
        answers[lastID] = answer
        let subscription = Subscription(
            pattern: Array(subject.utf8),
            queue: [],
            sid: SubscriptionID(number: lastID),
            receiver: self
        )
        environment.router.insert(subscription)
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        guard let answer = answers[subscription.sid.words.0] else { return false }
        publication.encode()
        let reply = publication.replyBytes
        let payload: ByteBuffer?
        do {
            payload = try answer(publication)
        } catch {
            payload = failure((error as? MonitoringError) ?? .badRequest("\(error)"))
        }
        guard !reply.isEmpty, let payload else { return true }
        let subject = Subject(unchecked: String(decoding: reply, as: UTF8.self))
        _ = environment.router.publish(Message(subject: subject, payload: payload), from: self)
        return true
    }

    // MARK: Answers

    func data(_ body: (inout JSONText) -> Void) -> ByteBuffer {
        JSONText.object(isIndented: false) { text in
            text.member("server", json: environment.serverBlock())
            text.member("data", object: body)
        }
    }

    private func failure(_ error: MonitoringError) -> ByteBuffer {
        JSONText.object(isIndented: false) { text in
            text.member("server", json: environment.serverBlock())
            text.member("error") { text in
                text.member("code", error.code)
                text.member("description", error.message)
            }
        }
    }

    private func answer(_ question: ServerQuestion, _ request: Publication) throws(MonitoringError)
        -> ByteBuffer?
    {
        let body = request.payload
        guard try ServerFilter(json: body).includes(environment, core.configuration) else { return nil }
        switch question {
        case .idz: return identity
        case .statsz:
            return JSONText.object(isIndented: false) { text in
                text.member("server", json: environment.serverBlock())
                text.member("statsz") { monitor.writeStatistics(into: &$0) }
            }
        case .varz: return data { monitor.writeServer(into: &$0) }
        case .connz: return try connections(body, of: nil)
        case .subsz: return try subscriptions(body, of: nil)
        case .accountz: return try accounts(named: request.jsonMember("account"))
        case .routez: return data { monitor.writeAbsent(.routes, into: &$0) }
        case .gatewayz: return data { monitor.writeAbsent(.gateways, into: &$0) }
        case .leafz: return data { monitor.writeAbsent(.leafNodes, into: &$0) }
        case .jsz: return data { monitor.writeAbsent(.jetStream, into: &$0) }
        case .healthz:
            let isHealthy = !environment.info.isLameDuck
            return data { text in
                text.member("status", isHealthy ? "ok" : "unavailable")
                text.member("status_code", isHealthy ? 200 : 503)
            }
        case .raftz, .ipqueuesz: return data { _ in }
        case .profilez:
            return data { text in
                text.null("profile")
                text.member("error", "this server has no profiles of Go's runtime")
            }
        }
    }

    private func answer(_ question: AccountQuestion, _ request: Publication) throws(MonitoringError)
        -> ByteBuffer?
    {
        let body = request.payload
        let tokens = String(decoding: request.subjectBytes, as: UTF8.self).split(separator: ".")
        let name = tokens.count > 3 ? String(tokens[3]) : ""
        if name == "PING" { return question == .statz ? try statistics(body) : nil }
        guard environment.router.accounts[name] != nil else {
            throw .notFound("Account \(name) does not exist")
        }
        switch question {
        case .subsz: return try subscriptions(body, of: name)
        case .connz: return try connections(body, of: name)
        case .leafz: return data { monitor.writeAbsent(.leafNodes, into: &$0) }
        case .jsz: throw .notFound("jetstream not enabled")
        case .info: return try accountDetail(name)
        case .statz:
            return data { monitor.writeAccountStatistics(of: [name], includingUnused: true, into: &$0) }
        }
    }

    private var identity: ByteBuffer {
        JSONText.object(isIndented: false) { text in
            text.member("name", environment.info.serverName)
            text.member("host", environment.info.host)
            text.member("id", environment.info.serverID)
        }
    }

    private func connections(_ body: ByteBuffer, of account: String?) throws(MonitoringError) -> ByteBuffer {
        var query = try ConnectionsQuery(json: body)
        if let account { query.account = account }
        return data { monitor.connections(query).write(into: &$0) }
    }

    private func subscriptions(_ body: ByteBuffer, of account: String?) throws(MonitoringError) -> ByteBuffer
    {
        var query = try SubscriptionsQuery(json: body)
        if let account {
            query.account = account
            query.lists = true
        }
        return data { monitor.subscriptions(query).write(into: &$0) }
    }

    private func accounts(named name: String) throws(MonitoringError) -> ByteBuffer {
        var failure: MonitoringError?
        let answer = data { text in
            do throws(MonitoringError) {
                try monitor.writeAccounts(named: name, into: &text)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return answer
    }

    private func accountDetail(_ name: String) throws(MonitoringError) -> ByteBuffer {
        guard let record = core.accountRecords().first(where: { $0.name == name }) else {
            throw .notFound("Account \(name) does not exist")
        }
        return data { record.writeDetail(clock: core.clock, updated: core.configured, into: &$0) }
    }

    private func statistics(_ body: ByteBuffer) throws(MonitoringError) -> ByteBuffer {
        let json = try? JSONSlice(parsing: body)
        let names = json?["accounts"]?.elements.compactMap(\.string)
        let unused = json?["include_unused"]?.bool ?? false
        return data { monitor.writeAccountStatistics(of: names, includingUnused: unused, into: &$0) }
    }

    // MARK: Orders

    /// Closes a client's connection.
    private func kick(_ request: Publication) throws(MonitoringError) -> ByteBuffer? {
        try client(of: request).end(.kicked)
        return accepted
    }

    /// Tells a client to go elsewhere.
    private func sendAway(_ request: Publication) throws(MonitoringError) -> ByteBuffer? {
        try client(of: request).announceLameDuckMode()
        return accepted
    }

    private var accepted: ByteBuffer {
        JSONText.object(isIndented: false) { $0.member("server", json: environment.serverBlock()) }
    }

    private func client(of request: Publication) throws(MonitoringError) -> ClientSession {
        guard let json = try? JSONSlice(parsing: request.payload), let id = json["cid"]?.integer,
            let session = core.sessions.first(where: { $0.id == UInt64(clamping: id) })
        else { throw .notFound("no such client or leafnode id") }
        return session
    }
}

/// Which servers a request to all of them means.
private struct ServerFilter {
    private var name = ""
    private var host = ""
    private var tags: [String] = []
    private var matchesExactly = false

    init(json body: ByteBuffer) throws(MonitoringError) {
        guard body.readableBytes > 0 else { return }
        guard let json = try? JSONSlice(parsing: body), json.kind == .object else {
            throw .badRequest("the request's body is no JSON object")
        }
        name = json["server_name"]?.string ?? ""
        host = json["host"]?.string ?? ""
        tags = json["tags"]?.elements.compactMap(\.string) ?? []
        matchesExactly = json["exact_match"]?.bool ?? false
    }

    func includes(_ environment: SessionEnvironment, _ configuration: BrokerConfiguration) -> Bool {
        matches(name, environment.info.serverName) && matches(host, environment.info.host)
            && tags.allSatisfy(configuration.tags.contains)
    }

    private func matches(_ wanted: String, _ text: String) -> Bool {
        wanted.isEmpty || (matchesExactly ? text == wanted : text.contains(wanted))
    }
}

extension Publication {
    /// The payload, without the header block; once `encode` was called.
    fileprivate var payload: ByteBuffer {
        let start = buffer.readerIndex + frame.body + frame.headerSize
        return buffer.getSlice(at: start, length: frame.size - frame.headerSize) ?? ByteBuffer()
    }

    /// A string in the JSON object that the payload is; empty when there is none.
    fileprivate func jsonMember(_ name: String) -> String {
        guard let json = try? JSONSlice(parsing: payload) else { return "" }
        return json[name]?.string ?? ""
    }
}
