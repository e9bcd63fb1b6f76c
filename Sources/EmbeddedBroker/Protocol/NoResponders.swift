/// The header block that answers a request to which nobody subscribes: status 503 and the subject.
enum NoResponders {
    private static let start = Array("NATS/1.0 503\r\nNats-Subject: ".utf8)

    /// The block's length for a subject of that length.
    static func size(subjectLength: Int) -> Int { start.count + subjectLength + 4 }

    /// The block.
    static func block(for subject: borrowing Span<UInt8>) -> [UInt8] {
        start + subject.indices.map { subject[$0] } + Array("\r\n\r\n".utf8)
    }
}
