import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// What the sessions of one loop share.
final class SessionEnvironment {
    /// Who gets what.
    let router: Router
    /// What is said of the broker.
    var info: ServerInfo
    /// Who may come in.
    var authentication: Authentication
    var limits: SessionLimits
    /// Where it is said what becomes of clients; nil for nowhere.
    var logger: Logger?
    /// How operations are logged; nil when they are not.
    var trace: ProtocolTrace?
    /// Words that describe the server.
    var tags: [String] = []
    /// Where the listener for WebSockets is; nil without one.
    var webSocketPlace: (host: String, port: Int)?
    /// Whether messages may have headers.
    var allowsHeaders = true
    /// The account whose users may ask the server about itself; nil for none.
    var systemAccount: Account?
    /// Tells the system account of clients that come and go; nil without one.
    var events: SystemEvents?
    /// What nobody outside can know, for tables of names that clients choose.
    let seed: UInt64
    /// How many messages the broker has sent of its own accord about itself.
    private var lastSequence: UInt64 = 0

    /// The time of the calendar.
    var wallTime: () -> WallTime = { WallTime(nanoseconds: 0) }
    /// Finds out whether a password is the one that was hashed, and says so later or at once.
    var checkPassword: (PasswordHash, String, @escaping (Bool) -> Void) -> Void = {
        hash,
        password,
        completion in
        completion(hash.matches(password))
    }
    /// Has `ClientSession.expired` called at a time in seconds since 1970.
    var scheduleExpiry: (ClientSession, Int64) -> Void = { _, _ in }

    init(
        router: Router,
        info: ServerInfo,
        authentication: Authentication,
        limits: SessionLimits,
        seed: UInt64 = 0
    ) {
        self.router = router
        self.info = info
        self.authentication = authentication
        self.limits = limits
        self.seed = seed
    }

    /// What is said of the broker to a client, which depends on how it came.
    func info(for origin: ClientOrigin) -> ServerInfo {
        guard origin.transport == .webSocket else { return info }
        var info = info
        if let webSocketPlace { (info.host, info.port) = webSocketPlace }
        info.requiresTLS = origin.isEncrypted
        info.offersTLS = origin.isEncrypted
        return info
    }

    /// What a client is asked to sign: fifteen characters that never come again.
    func makeNonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encodeForURL((0..<11).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The object `server` of messages under `$SYS`.
    func serverBlock() -> ByteBuffer {
        lastSequence += 1
        var json = ByteBuffer()
        json.writeStaticString("{\"name\":")
        json.writeJSON(info.serverName)
        json.writeStaticString(",\"host\":")
        json.writeJSON(info.host)
        json.writeStaticString(",\"id\":")
        json.writeJSON(info.serverID)
        json.writeStaticString(",\"ver\":")
        json.writeJSON(ServerInfo.version)
        if !tags.isEmpty {
            json.writeStaticString(",\"tags\":[")
            for (index, tag) in tags.enumerated() {
                if index > 0 { json.writeStaticString(",") }
                json.writeJSON(tag)
            }
            json.writeStaticString("]")
        }
        json.writeStaticString(",\"jetstream\":false,\"flags\":0,\"seq\":")
        json.writeJSON(lastSequence)
        json.writeStaticString(",\"time\":")
        json.writeJSON(wallTime().text)
        json.writeStaticString("}")
        return json
    }
}
