import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

// What is logged of one client, in nats-server's words: `127.0.0.1:4711 - cid:5 - "v1.2:py:name" - "$G/user:a" - …`.
extension ClientSession {
    /// How much of unreadable bytes is logged.
    private static let snippetLength = 32

    /// Logs a line about the client.
    func log(_ level: Logger.Level, _ text: @autoclosure () -> String) {
        guard let logger = environment.logger, logger.logLevel <= level else { return }
        logger.log(level: level, "\(text())", metadata: ["client": "\(logLabel)"])
    }

    /// Which client a line is about: its address and id, and once it is in, what it calls itself, and who it is.
    private var logLabel: String {
        let host = address.contains(":") ? "[\(address)]" : address
        let kind = origin.transport == .webSocket ? "wid" : "cid"
        var label = "\(host):\(origin.port) - \(kind):\(id)"
        guard hasConnected else { return label }
        let version = options.version.isEmpty ? "" : "v\(options.version)"
        let program = [version, options.language, options.name].filter { !$0.isEmpty }.joined(separator: ":")
        if !program.isEmpty { label += " - \(program.quoted)" }
        if let user = userLabel { label += " - \("\(account.displayName)/\(user)".quoted)" }
        return label
    }

    private var userLabel: String? {
        if !options.nkey.isEmpty { return "nkey:\(options.nkey)" }
        if !options.user.isEmpty { return "user:\(options.user)" }
        if !options.token.isEmpty { return "token" }
        return identity.jwt.map { "jwt:\($0.subject.text)" }
    }

    /// How a client that is refused presented itself.
    var refusedUser: String {
        if !options.nkey.isEmpty { return " - Nkey \(options.nkey.quoted)" }
        if !options.user.isEmpty { return " - User \(options.user.quoted)" }
        if !options.token.isEmpty { return " - Token \"[REDACTED]\"" }
        return ""
    }

    // MARK: Operations

    /// Finds out whether operations are logged.
    func setTracing() {
        guard let trace = environment.trace, let logger = environment.logger, logger.logLevel == .trace else {
            isTraced = false
            return
        }
        isTraced = trace.includesSystemAccount || account !== environment.systemAccount
    }

    /// Logs an operation.
    func trace(_ text: String) { log(.trace, text) }

    /// Logs what the broker answers.
    func traceSent(_ text: StaticString) {
        let word = "\(text)".prefix { $0 != "\r\n" }
        trace("->> [\(word.hasPrefix("+") ? word.dropFirst() : word)]")
    }

    /// Logs an error that the broker reports; other lines are not logged.
    func traceSent(_ bytes: ByteBuffer) {
        guard let start = bytes.getString(at: bytes.readerIndex, length: 6), start == "-ERR '" else { return }
        let text = String(buffer: bytes).dropFirst(start.count).dropLast(2)
        trace("->> [-ERR \(text)]")
    }

    /// Logs a message that the client gets.
    func traceDelivery(_ publication: borrowing Publication, to subscription: Subscription) {
        let frame = publication.frame
        let bytes = publication.buffer.readableBytesUInt8Span
        let sheds = frame.hasHeaders && !options.headers
        let reply = frame.reply.isEmpty ? "" : " \(String(copying: bytes.extracting(frame.reply)))"
        let sizes =
            sheds
            ? "\(frame.size - frame.headerSize)"
            : frame.hasHeaders ? "\(frame.headerSize) \(frame.size)" : "\(frame.size)"
        let word = frame.hasHeaders && !sheds ? "HMSG" : "MSG"
        let subject = String(copying: bytes.extracting(frame.subject))
        trace("->> [\(word) \(subject) \(subscription.sidText)\(reply) \(sizes)]")
        if let payload = environment.trace?.payload(frame, in: bytes, withoutHeaders: sheds) {
            trace("->> \(payload)")
        }
    }

    /// Logs that a subscription is gone.
    func traceEnd(of subscription: Subscription) {
        if isTraced { trace("<-> [DELSUB \(subscription.sidText)]") }
    }

    /// Logs that a subscription has had as many messages as it asked for.
    func traceExhaustion(of subscription: Subscription) {
        log(
            .debug,
            "Auto-unsubscribe limit of \(subscription.maximum) reached for sid '\(subscription.sidText)'"
        )
        traceEnd(of: subscription)
    }

    // MARK: Bytes that cannot be read

    func unreadable(_ bytes: borrowing Span<UInt8>, at offset: Int) {
        let snippet = bytes.extracting(0..<min(ClientSession.snippetLength, max(1, bytes.count - 1))).copied
        log(.error, "Client parser ERROR, i=\(offset): proto='\(QuotedText.quote(snippet))...'")
    }

    func refused(_ operation: Operation, arguments: borrowing Span<UInt8>, because failure: ProtocolFailure) {
        let text = String(copying: arguments)
        switch failure {
        case .payloadTooLarge:
            let size = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).last ?? ""
            log(.error, "maximum payload exceeded: \(size) vs \(limits.payload)")
        case .clientError: log(.error, "Client Error \(text)")
        case .badArguments: log(.error, problem(of: operation, text))
        case .unknownOperation, .controlLineTooLong, .connectExpected, .refused: break
        }
    }

    private func problem(of operation: Operation, _ text: String) -> String {
        let count = text.split(whereSeparator: { " \t\r\n".contains($0) }).count
        switch operation {
        case .publish:
            return 2...3 ~= count
                ? "processPub Bad or Missing Size: \(text.quoted)" : "processPub Parse Error: \(text.quoted)"
        case .publishHeaders:
            guard options.headers, environment.allowsHeaders else { return "message headers not supported" }
            return 3...4 ~= count
                ? "processHeaderPub Bad or Missing Size: \(text.quoted)"
                : "processHeaderPub Parse Error: \(text.quoted)"
        case .subscribe: return "processSub Parse Error: \(text.quoted)"
        case .unsubscribe: return "processUnsub Parse Error: \(text.quoted)"
        default: return "\(operation.text) Parse Error: \(text.quoted)"
        }
    }
}

extension Subscription {
    /// Its name within its client, for people.
    fileprivate var sidText: String { String(decoding: sid.bytes, as: UTF8.self) }
}
