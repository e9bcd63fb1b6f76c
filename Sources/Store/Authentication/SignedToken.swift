import CCrypto
import RESProtocol

import struct NIOCore.ByteBuffer

/// Makes and reads signed tokens: JWTs in compact form (RFC 7519; RFC 7515, section 7.1), of one algorithm and key.
struct TokenSigner: Sendable {
    /// Longest token that is read, in bytes.
    static let maximumSize = 8192

    private enum Key: Sendable {
        case hmac([UInt8])
        case ed25519(seed: [UInt8], publicKey: [UInt8])
    }

    private let key: Key
    private let algorithm: TokenAlgorithm

    /// - Parameter secret: at least 32 bytes; of an Ed25519 key its 32-byte seed.
    /// - Returns: nil when the secret is no key of that algorithm.
    init?(_ algorithm: TokenAlgorithm, secret: [UInt8]) {
        self.algorithm = algorithm
        switch algorithm {
        case .hmac:
            guard secret.count >= 32 else { return nil }
            key = .hmac(secret)
        case .ed25519:
            var publicKey = [UInt8](repeating: 0, count: 32)
            guard secret.count == 32, resdev_ed25519_public_key(secret, &publicKey) == 1 else { return nil }
            key = .ed25519(seed: secret, publicKey: publicKey)
        }
    }

    /// The token of a JSON object of claims; nil when the library fails.
    func sign(_ claims: JSONSlice) -> String? {
        let header = #"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#
        let text =
            Base64.encodeForURL(Array(header.utf8)) + "." + Base64.encodeForURL(Array(claims.text.utf8))
        let bytes = Array(text.utf8)
        var signature: [UInt8]
        switch key {
        case .hmac(let secret):
            signature = [UInt8](repeating: 0, count: 32)
            resdev_hmac_sha256(secret, secret.count, bytes, bytes.count, &signature)
        case .ed25519(let seed, _):
            signature = [UInt8](repeating: 0, count: 64)
            guard resdev_ed25519_sign(seed, bytes, bytes.count, &signature) == 1 else { return nil }
        }
        return text + "." + Base64.encodeForURL(signature)
    }

    /// The claims of a token that this key has signed; nil for anything else. Times are not looked at.
    func verify(_ token: String) -> JSONSlice? {
        guard token.utf8.count <= TokenSigner.maximumSize else { return nil }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = object(parts[0]),
            // Never the token's choice (RFC 8725, section 3.1).
            header["alg"]?.string == algorithm.rawValue, header["crit"] == nil,
            let signature = Base64.decode(parts[2]),
            isSignature(signature, of: Array("\(parts[0]).\(parts[1])".utf8))
        else { return nil }
        return object(parts[1])
    }

    private func isSignature(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch key {
        case .hmac(let secret):
            var wanted = [UInt8](repeating: 0, count: 32)
            resdev_hmac_sha256(secret, secret.count, bytes, bytes.count, &wanted)
            return signature.count == 32 && resdev_equal(wanted, signature, 32) == 1
        case .ed25519(_, let publicKey):
            return signature.count == 64
                && resdev_ed25519_verify(publicKey, bytes, bytes.count, signature) == 1
        }
    }

    private func object(_ part: Substring) -> JSONSlice? {
        guard let bytes = Base64.decode(part),
            let json = try? JSONSlice(parsing: ByteBuffer(bytes: bytes)), json.kind == .object
        else { return nil }
        return json
    }
}
