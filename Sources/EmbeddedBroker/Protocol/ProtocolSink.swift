import struct NIOCore.ByteBuffer

/// Who acts on what a client says.
///
/// The parser calls it while it reads, so that nothing is put together for an operation on the way. Ranges are offsets
/// into the bytes handed over, which are valid during the call only.
protocol ProtocolSink: AnyObject {
    /// A PUB or HPUB.
    ///
    /// - Parameters:
    ///   - bytes: what the frame's offsets count in.
    ///   - buffer: whose readable bytes these are, for who wants to keep part of them without copying.
    func published(_ frame: PublishFrame, in bytes: borrowing Span<UInt8>, of buffer: borrowing ByteBuffer)

    /// A SUB.
    func subscribed(
        subject: borrowing Span<UInt8>,
        queue: borrowing Span<UInt8>,
        sid: borrowing Span<UInt8>
    )

    /// An UNSUB.
    ///
    /// - Parameter maximum: how many messages the subscription may have had in total; zero ends it at once.
    func unsubscribed(sid: borrowing Span<UInt8>, maximum: Int)

    /// A PING.
    func pinged()

    /// A PONG.
    func ponged()

    /// A CONNECT with its JSON.
    ///
    /// - Returns: whether the client may go on, and how.
    func connected(_ json: ByteBuffer) -> ConnectVerdict

    /// Bytes that begin no operation, or end none; the connection ends.
    ///
    /// - Parameters:
    ///   - bytes: from where they cannot be read on.
    ///   - offset: where that is in what arrived.
    func unreadable(_ bytes: borrowing Span<UInt8>, at offset: Int)

    /// An operation whose arguments end the connection.
    func refused(_ operation: Operation, arguments: borrowing Span<UInt8>, because failure: ProtocolFailure)
}

extension ProtocolSink {
    func unreadable(_ bytes: borrowing Span<UInt8>, at offset: Int) {}

    func refused(_ operation: Operation, arguments: borrowing Span<UInt8>, because failure: ProtocolFailure) {
    }
}

/// What becomes of a client after its CONNECT.
enum ConnectVerdict: Equatable {
    /// It may go on; and whether it may use HPUB, and how large a message may be.
    case accepted(headers: Bool, maximumPayload: Int)
    /// It is being closed; nothing more is read.
    case refused
    /// It is not known yet; what comes behind the CONNECT waits until `ProtocolParser.resume`.
    case pending
}

/// What makes a broker end a connection because of the bytes it got.
enum ProtocolFailure: Error, Equatable {
    /// No operation that a client may send begins like this, or a payload is not followed by CR LF.
    case unknownOperation
    /// An operation's arguments are wrong; the connection is closed without a word.
    case badArguments
    /// The arguments of an operation are longer than the limit.
    case controlLineTooLong
    /// A PUB announces more than the limit.
    case payloadTooLarge
    /// Something other than CONNECT came first although credentials are demanded.
    case connectExpected
    /// The client reported an error of its own.
    case clientError
    /// The sink refused a CONNECT; it has said why.
    case refused
}
