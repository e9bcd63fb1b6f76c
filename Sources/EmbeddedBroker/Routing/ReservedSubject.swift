/// Subjects that nats-server uses for itself and no client may publish with.
enum ReservedSubject {
    private static let gatewayReply = Array("_GR_.".utf8)
    private static let serviceReply = Array("_R_.".utf8)
    private static let acknowledgement = Array("$JS.ACK.".utf8)

    /// Whether a client may not publish to a subject.
    static func isReservedForPublish(_ subject: borrowing Span<UInt8>) -> Bool {
        subject.starts(with: gatewayReply)
    }

    /// Whether a client may not ask for answers on a subject.
    static func isReservedAsReply(_ reply: borrowing Span<UInt8>) -> Bool {
        switch reply[0] {
        case UInt8(ascii: "_"): reply.starts(with: serviceReply) || reply.starts(with: gatewayReply)
        case UInt8(ascii: "$"): reply.starts(with: acknowledgement)
        default: false
        }
    }
}

extension Span where Element == UInt8 {
    fileprivate func starts(with prefix: [UInt8]) -> Bool {
        count > prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }
}
