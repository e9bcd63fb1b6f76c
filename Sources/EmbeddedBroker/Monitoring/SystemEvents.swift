import RESProtocol

import struct NIOCore.ByteBuffer

/// Tells the users of the system account what happens to clients and to the server (`$SYS.ACCOUNT…`, `$SYS.SERVER…`).
///
/// On the broker's loop. Nothing is put together when nobody listens.
final class SystemEvents: Receiver {
    private unowned let core: BrokerCore
    private unowned let monitor: Monitor
    private var generator = SystemRandomNumberGenerator()

    init(in account: Account, core: BrokerCore, monitor: Monitor) {
        self.core = core
        self.monitor = monitor
        super.init(account: account)
    }

    private var environment: SessionEnvironment { core.environment }
    private var serverSubject: String { "$SYS.SERVER.\(environment.info.serverID)" }

    /// Whether the system account has users that subscribe to anything.
    var isListenedTo: Bool { account.clientCount > 0 }

    // MARK: Clients

    /// A client came in.
    func connected(_ session: ClientSession) {
        guard isListenedTo, session.account !== environment.router.globalAccount else { return }
        publish("$SYS.ACCOUNT.\(session.accountName).CONNECT", "client_connect") { text in
            text.member("client") { self.write(session, into: &$0) }
        }
        tellConnections(of: session.account)
    }

    /// A client is gone.
    func disconnected(_ session: ClientSession, _ reason: CloseReason) {
        publishDisconnect("$SYS.ACCOUNT.\(session.accountName).DISCONNECT", session, reason)
        tellConnections(of: session.account)
    }

    /// A client was refused for what it presented.
    func refused(_ session: ClientSession) {
        guard isListenedTo else { return }
        publishDisconnect("\(serverSubject).CLIENT.AUTH.ERR", session, .authenticationFailure)
    }

    private func publishDisconnect(_ subject: String, _ session: ClientSession, _ reason: CloseReason) {
        publish(subject, "client_disconnect") { text in
            text.member("client") { text in
                self.write(session, into: &text)
                text.member("stop", self.environment.wallTime().text)
            }
            let traffic = session.statistics
            text.member("sent") {
                AccountRecord.Traffic(messages: traffic.messagesOut, bytes: traffic.bytesOut).write(into: &$0)
            }
            text.member("received") {
                AccountRecord.Traffic(messages: traffic.messagesIn, bytes: traffic.bytesIn).write(into: &$0)
            }
            text.member("reason", reason.rawValue)
        }
    }

    private func write(_ session: ClientSession, into text: inout JSONText) {
        text.member("start", session.startedAt.text)
        text.member("host", session.address)
        text.member("id", session.id)
        text.member("acc", session.accountName)
        text.member("user", unlessEmpty: session.user.isEmpty ? session.options.user : session.user)
        text.member("name", unlessEmpty: session.options.name)
        text.member("lang", unlessEmpty: session.options.language)
        text.member("ver", unlessEmpty: session.options.version)
        if let roundTrip = session.liveness.roundTrip { text.member("rtt", roundTrip.nanoseconds) }
        text.member("issuer_key", unlessEmpty: session.identity.jwt?.issuer.text)
        text.member("name_tag", unlessEmpty: session.account.displayName)
        text.member("kind", "Client")
        text.member("client_type", session.origin.transport == .webSocket ? "websocket" : "nats")
    }

    private func tellConnections(of changed: Account) {
        let subjects = [
            "$SYS.SERVER.ACCOUNT.\(changed.name).CONNS", "$SYS.ACCOUNT.\(changed.name).SERVER.CONNS",
        ]
        guard subjects.contains(where: hasInterest),
            let record = core.accountRecords().first(where: { $0.name == changed.name })
        else { return }
        for subject in subjects {
            publish(subject, "account_connections") { record.writeStatistics(into: &$0) }
        }
    }

    // MARK: The server

    /// How the server is doing; told from time to time.
    func tellStatistics() {
        guard isListenedTo else { return }
        publish("\(serverSubject).STATSZ") { text in
            text.member("statsz") { self.monitor.writeStatistics(into: &$0) }
        }
    }

    /// No more clients are taken in.
    func lameDuckModeEntered() { publish("\(serverSubject).LAMEDUCK", flat: true) }

    /// The server stops.
    func stopping() {
        publish("\(serverSubject).SHUTDOWN") { $0.member("reason", "") }
        environment.router.flush()
    }

    // MARK: Publishing

    private func hasInterest(_ subject: String) -> Bool {
        account.sublist.hasInterest(in: subject.utf8Span.span)
    }

    /// Publishes an advisory of a type.
    private func publish(_ subject: String, _ type: String, _ body: (inout JSONText) -> Void) {
        guard hasInterest(subject) else { return }
        let json = JSONText.object(isIndented: false) { text in
            text.member("type", "io.nats.server.advisory.v1.\(type)")
            text.member("id", self.makeID())
            text.member("timestamp", self.environment.wallTime().text)
            text.member("server", json: self.environment.serverBlock())
            body(&text)
        }
        send(json, to: subject)
    }

    private func publish(_ subject: String, flat: Bool = false, _ body: (inout JSONText) -> Void = { _ in }) {
        guard hasInterest(subject) else { return }
        if flat { return send(environment.serverBlock(), to: subject) }
        let json = JSONText.object(isIndented: false) { text in
            text.member("server", json: self.environment.serverBlock())
            body(&text)
        }
        send(json, to: subject)
    }

    private func send(_ payload: ByteBuffer, to subject: String) {
        _ = environment.router.publish(
            Message(subject: Subject(unchecked: subject), payload: payload),
            from: self
        )
    }

    /// Twenty-two characters that do not come again.
    private func makeID() -> String {
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let bytes = (0..<22).map { _ in digits[Int.random(in: digits.indices, using: &generator)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
