import CCrypto

/// What a key stands for; the first letter of its text.
package enum NKeyRole: Hashable, Sendable, CaseIterable {
    case account, cluster, server, `operator`, user, curve

    /// The bits above the first five of a key's text.
    var prefix: UInt8 {
        switch self {
        case .account: 0
        case .cluster: 2 << 3
        case .server: 13 << 3
        case .operator: 14 << 3
        case .user: 20 << 3
        case .curve: 23 << 3
        }
    }

    init?(prefix: UInt8) {
        guard let role = NKeyRole.allCases.first(where: { $0.prefix == prefix }) else { return nil }
        self = role
    }
}

/// Why a text is no key. It does not repeat the text, which may be a secret.
package enum NKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    case notBase32, wrongLength, wrongChecksum, unknownPrefix, notASeed, notAPublicKey

    package var description: String {
        switch self {
        case .notBase32: "a key has only the characters A–Z and 2–7"
        case .wrongLength: "a public key has 56 characters, a seed 58"
        case .wrongChecksum: "the checksum does not match: a character is wrong or missing"
        case .unknownPrefix: "the key begins with a letter that no kind of key has"
        case .notASeed: "a seed begins with S, as in SU…"
        case .notAPublicKey: "a public key begins with A, C, N, O, U or X"
        }
    }
}

/// A public Ed25519 key, written in base 32 with a letter for its role and a checksum.
package struct NKey: Hashable, Sendable, CustomStringConvertible {
    package let role: NKeyRole
    /// 32 bytes.
    package let bytes: [UInt8]

    package init(_ text: String) throws(NKeyError) {
        let body = try NKeyText.decode(text, length: 35)
        guard let role = NKeyRole(prefix: body[0]) else {
            throw body[0] & 0xf8 == NKeyText.seedPrefix ? .notAPublicKey : .unknownPrefix
        }
        self.role = role
        self.bytes = Array(body.dropFirst())
    }

    init(role: NKeyRole, bytes: [UInt8]) {
        self.role = role
        self.bytes = bytes
    }

    /// The 56 characters of the key.
    package var text: String { NKeyText.encode([role.prefix] + bytes) }

    package var description: String { text }

    /// Whether this key's owner signed the message.
    package func verify(_ message: [UInt8], signature: [UInt8]) -> Bool {
        guard signature.count == 64, bytes.count == 32, role != .curve else { return false }
        return resdev_ed25519_verify(bytes, message, message.count, signature) == 1
    }
}

/// The private half of a key. Its text and bytes are secret: it describes itself by its public key.
package struct NKeySeed: Hashable, Sendable, CustomStringConvertible {
    /// The public half.
    package let publicKey: NKey
    private let bytes: [UInt8]

    package init(_ text: String) throws(NKeyError) {
        let body = try NKeyText.decode(text, length: 36)
        guard body[0] & 0xf8 == NKeyText.seedPrefix else { throw .notASeed }
        guard let role = NKeyRole(prefix: body[0] << 5 | body[1] >> 3) else { throw .unknownPrefix }
        try self.init(role: role, bytes: Array(body.dropFirst(2)))
    }

    /// A seed of these 32 random bytes.
    package init(role: NKeyRole, bytes: [UInt8]) throws(NKeyError) {
        var publicBytes = [UInt8](repeating: 0, count: 32)
        guard bytes.count == 32, resdev_ed25519_public_key(bytes, &publicBytes) == 1 else {
            throw .wrongLength
        }
        self.bytes = bytes
        self.publicKey = NKey(role: role, bytes: publicBytes)
    }

    /// The 58 characters of the seed.
    package var text: String {
        let prefix = publicKey.role.prefix
        return NKeyText.encode([NKeyText.seedPrefix | prefix >> 5, prefix << 3] + bytes)
    }

    package var description: String { "the seed of \(publicKey)" }

    /// The signature of a message, 64 bytes.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        let done = resdev_ed25519_sign(bytes, message, message.count, &signature)
        precondition(done == 1, "a seed of 32 bytes signs any message")
        return signature
    }
}

/// How keys and seeds are written: base 32 of prefix, key and checksum.
private enum NKeyText {
    /// `S`, in the first five bits.
    static let seedPrefix: UInt8 = 18 << 3

    static func encode(_ body: [UInt8]) -> String {
        let checksum = checksum(of: body)
        return Base32.encode(body + [UInt8(checksum & 0xff), UInt8(checksum >> 8)])
    }

    /// The prefix and the key: `length` less two bytes, one byte at least.
    static func decode(_ text: String, length: Int) throws(NKeyError) -> [UInt8] {
        guard let bytes = Base32.decode(text) else { throw .notBase32 }
        guard bytes.count == length else {
            if bytes.count == 36, bytes[0] & 0xf8 == seedPrefix { throw .notAPublicKey }
            throw bytes.count == 35 ? .notASeed : .wrongLength
        }
        let body = Array(bytes.dropLast(2))
        let stated = UInt16(bytes[length - 2]) | UInt16(bytes[length - 1]) << 8
        guard checksum(of: body) == stated else { throw .wrongChecksum }
        return body
    }

    /// CRC-16 with the polynomial 0x1021 from 0 (XMODEM).
    private static func checksum(of bytes: [UInt8]) -> UInt16 {
        var value: UInt16 = 0
        for byte in bytes {
            value ^= UInt16(byte) << 8
            for _ in 0..<8 {
                value = value & 0x8000 != 0 ? value << 1 ^ 0x1021 : value << 1
            }
        }
        return value
    }
}

extension NKeySeed {
    /// Reads a file that holds a seed; lines that begin with `#` or dashes are passed over.
    package init(path: String) throws(NATSError) {
        let text: String
        do {
            text = try TextFile.read(path, maximumSize: NATSCredentials.maximumFileSize)
        } catch {
            throw NATSError(.invalidCredentials, "cannot read the key file: \(error)")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { line in line.filter { !$0.isWhitespace } }
        guard let seed = lines.first(where: { $0.hasPrefix("S") }) else {
            throw NATSError(.invalidCredentials, "\(path): no line with a seed, as in SU…")
        }
        do {
            try self.init(seed)
        } catch {
            throw NATSError(.invalidCredentials, "\(path): the seed is not valid: \(error)")
        }
    }
}
