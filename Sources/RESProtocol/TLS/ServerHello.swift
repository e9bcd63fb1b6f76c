import NIOCore

/// What a server's first TLS record says of the connection, which the TLS library does not tell (RFC 8446 section 4.1.3).
enum ServerHello {
    /// Where the length of the session id stands: behind the headers of record and message, version and random bytes.
    private static let sessionIDOffset = 5 + 4 + 2 + 32

    /// The registered name of the cipher suite in a record; nil when it holds no whole ServerHello, or an unknown suite.
    static func cipherSuite(in record: ByteBuffer) -> String? {
        let start = record.readerIndex
        guard record.getInteger(at: start, as: UInt8.self) == 0x16,
            record.getInteger(at: start + 5, as: UInt8.self) == 0x02,
            let idLength = record.getInteger(at: start + sessionIDOffset, as: UInt8.self),
            let suite = record.getInteger(at: start + sessionIDOffset + 1 + Int(idLength), as: UInt16.self)
        else { return nil }
        return TLSNames.cipherSuiteNames[suite]
    }
}
