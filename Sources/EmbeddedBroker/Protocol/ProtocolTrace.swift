import RESProtocol

import struct NIOCore.ByteBuffer

/// Which operations are logged, and how much of them: `<<- [PUB subject 5]` for what came, `->> […]` for what goes, and
/// `MSG_PAYLOAD: ["…"]` for header block and payload, as nats-server writes them.
struct ProtocolTrace: Equatable, Sendable {
    /// Whether operations of the system account's clients are logged too.
    var includesSystemAccount = false
    /// Whether header blocks are logged without payloads.
    var headersOnly = false
    /// How much of header block and payload is logged, in bytes; zero for all.
    var maximumLength = 0

    /// - Returns: nil when no operations are logged.
    init?(_ log: BrokerLog) {
        guard log.trace else { return nil }
        includesSystemAccount = log.tracesSystemAccount
        headersOnly = log.tracesHeadersOnly
        maximumLength = log.maximumTracedLength
    }

    /// What is logged of a message's header block and payload; nil when there is nothing.
    func payload(_ frame: PublishFrame, in bytes: borrowing Span<UInt8>, withoutHeaders: Bool = false)
        -> String?
    {
        var range = frame.body..<frame.body + frame.size
        if withoutHeaders { range = range.lowerBound + frame.headerSize..<range.upperBound }
        if headersOnly {
            range = range.lowerBound..<range.lowerBound + (withoutHeaders ? 0 : frame.headerSize)
        }
        guard !range.isEmpty else { return nil }
        guard maximumLength > 0, range.count > maximumLength else {
            return "MSG_PAYLOAD: [\(QuotedText.quote(bytes.extracting(range).copied))]"
        }
        let start = range.lowerBound..<range.lowerBound + maximumLength
        return "MSG_PAYLOAD: [\"\(QuotedText.escape(bytes.extracting(start).copied))...\"]"
    }

    /// The members of a CONNECT that nobody may read in a log.
    private static let secrets: Set<String> = ["pass", "auth_token", "sig", "nkey", "jwt"]

    /// A CONNECT as it may be logged: its secrets are struck out; one that is no JSON object is left out.
    static func redacted(_ json: ByteBuffer) -> String {
        guard let object = try? JSONSlice(parsing: json), object.kind == .object else { return "" }
        let members = object.members.map { member in
            let isSecret = secrets.contains(member.name.string?.lowercased() ?? "")
            return "\(member.name.text):\(isSecret ? "\"[REDACTED]\"" : member.value.text)"
        }
        return "{\(members.joined(separator: ","))}"
    }
}
