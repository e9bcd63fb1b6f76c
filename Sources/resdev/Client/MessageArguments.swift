import ArgumentParser
import Glibc
import NIOCore
import RESProtocol

/// A message as it is written on the command line.
struct MessageArguments: ParsableArguments {
    @Argument(help: "Subject to publish to.")
    var subject: String

    @Argument(help: ArgumentHelp("Payload; - reads standard input.", valueName: "payload"))
    var payload = ""

    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A header field, as 'Name: value'; may be given again.", valueName: "field")
    )
    var header: [String] = []

    /// Bytes that are read from standard input.
    private static let maximumInput = 64 << 20

    func checkedSubject() throws(StartFailure) -> Subject { try MessageArguments.subject(subject) }

    static func subject(_ text: String) throws(StartFailure) -> Subject {
        guard let subject = Subject(text) else {
            throw StartFailure(
                "'\(text)' is no subject to publish to",
                remedy: "write tokens joined by dots, as event.news"
            )
        }
        return subject
    }

    /// The header block; nil without fields.
    func headers() throws(StartFailure) -> MessageHeaders? {
        var fields: [(name: String, value: String)] = []
        for text in header {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty,
                !text.utf8.contains(where: { $0 == 0x0d || $0 == 0x0a })
            else { throw StartFailure("'\(text)' is no header field", remedy: "write 'Name: value'") }
            fields.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
        return fields.isEmpty ? nil : MessageHeaders(fields: fields)
    }

    /// The payload, read from standard input where the argument says so.
    func payloadText() throws(StartFailure) -> ByteBuffer {
        guard payload == "-" else { return ByteBuffer(string: payload) }
        var buffer = ByteBuffer()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return buffer }
            guard buffer.readableBytes + count <= MessageArguments.maximumInput else {
                throw StartFailure("standard input has more than \(MessageArguments.maximumInput) bytes")
            }
            buffer.writeBytes(chunk[..<count])
        }
    }

    /// The payload with `{n}` replaced by a number.
    static func numbered(_ payload: ByteBuffer, _ number: Int) -> ByteBuffer {
        ByteBuffer(string: String(buffer: payload).replacing("{n}", with: "\(number)"))
    }
}
