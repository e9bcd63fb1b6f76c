import CCrypto
import RESProtocol
import Testing

struct DigestTests {
    /// FIPS 180's examples, and a digest of the digests of every length around the borders of blocks.
    @Test func sha1() {
        func sha1(_ bytes: [UInt8]) -> [UInt8] {
            var digest = [UInt8](repeating: 0, count: 20)
            resdev_sha1(bytes, bytes.count, &digest)
            return digest
        }
        let table = [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ]
        for (text, digest) in table {
            #expect(hexadecimal(sha1(Array(text.utf8))) == digest, "\(text.prefix(60))")
        }
        let all = (0...200).flatMap { count in sha1((0..<count).map { UInt8(($0 * 7 + count) & 255) }) }
        #expect(hexadecimal(sha1(all)) == "d0de06f4c5cb01efe13d538b17bbc0bd8144a1c2")
    }

    @Test func sha256() {
        #expect(
            SHA256.hexadecimal(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    /// RFC 8032, section 7.1, tests 1 and 2.
    @Test func ed25519() {
        let table: [(seed: String, publicKey: String, message: [UInt8], signature: String)] = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", [],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", [0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ]
        for row in table {
            let seed = bytes(row.seed)
            var publicKey = [UInt8](repeating: 0, count: 32)
            var signature = [UInt8](repeating: 0, count: 64)
            #expect(resdev_ed25519_public_key(seed, &publicKey) == 1)
            #expect(resdev_ed25519_sign(seed, row.message, row.message.count, &signature) == 1)
            #expect(hexadecimal(publicKey) == row.publicKey)
            #expect(hexadecimal(signature) == row.signature)
            #expect(resdev_ed25519_verify(publicKey, row.message, row.message.count, signature) == 1)
            signature[0] ^= 1
            #expect(resdev_ed25519_verify(publicKey, row.message, row.message.count, signature) == 0)
        }
    }

    /// RFC 7914, section 12, and a limit of memory of exactly what it needs and one byte less.
    @Test func scrypt() {
        let password = Array("password".utf8), salt = Array("NaCl".utf8)
        var digest = [UInt8](repeating: 0, count: 64)
        let memory: UInt64 = 128 * 8 * (1024 + 16)
        let count = password.count
        #expect(resdev_scrypt(password, count, salt, salt.count, 1024, 8, 16, memory, &digest, 64) == 1)
        #expect(
            hexadecimal(digest)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        )
        #expect(resdev_scrypt(password, count, salt, salt.count, 1024, 8, 16, memory - 1, &digest, 64) == 0)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }
}
