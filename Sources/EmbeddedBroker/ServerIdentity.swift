import CCrypto

/// Makes the name by which brokers tell each other apart: the public part of a key pair, as nkeys write it.
enum ServerIdentity {
    /// A new identity: `N` and 55 more characters of base 32.
    ///
    /// - Parameter publicKey: 32 bytes of an Ed25519 public key.
    static func text(publicKey: [UInt8]) -> String {
        var bytes: [UInt8] = [13 << 3]
        bytes += publicKey
        let checksum = crc16(bytes)
        bytes += [UInt8(truncatingIfNeeded: checksum), UInt8(truncatingIfNeeded: checksum >> 8)]
        return base32(bytes)
    }

    /// A new identity with a key that nobody keeps the private part of.
    static func random() -> String {
        var seed = [UInt8](repeating: 0, count: 32)
        var publicKey = [UInt8](repeating: 0, count: 32)
        guard resdev_ed25519_generate(&seed, &publicKey) == 1 else {
            var generator = SystemRandomNumberGenerator()
            return text(publicKey: (0..<32).map { _ in generator.next() })
        }
        return text(publicKey: publicKey)
    }

    /// CRC-16/XMODEM, low byte first in nkeys.
    private static func crc16(_ bytes: [UInt8]) -> UInt16 {
        var checksum: UInt16 = 0
        for byte in bytes {
            checksum ^= UInt16(byte) << 8
            for _ in 0..<8 {
                checksum = checksum & 0x8000 == 0 ? checksum << 1 : checksum << 1 ^ 0x1021
            }
        }
        return checksum
    }

    private static func base32(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
