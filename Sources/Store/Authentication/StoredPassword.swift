import CCrypto
import RESProtocol

/// The hash of a password as a table holds it: `$scrypt$ln=15,r=8,p=1$salt$digest` in the form that passlib and others
/// write too, or a bcrypt hash.
package struct StoredPassword: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case scrypt(Parameters, salt: [UInt8], digest: [UInt8])
        case bcrypt(PasswordHash)
    }

    /// The cost of scrypt (RFC 7914, section 2).
    private struct Parameters: Hashable, Sendable {
        /// The cost as a power of two.
        var logN: Int
        var r: Int
        var p: Int

        /// Bytes that one check needs.
        var memory: Int { 128 * r * (1 << logN) + 128 * r * p + (1 << 16) }
    }

    /// Most bytes that a check may need; a hash that asks for more is none.
    package static let maximumMemory = 256 << 20
    /// Longest password that is looked at, in bytes.
    package static let maximumPassword = 1024

    private let kind: Kind

    /// Reads a hash; nil when it is none, or one whose check would need more memory or time than is given.
    package init?(_ text: String) {
        if PasswordHash.isHash(text) {
            guard let hash = PasswordHash(text) else { return nil }
            kind = .bcrypt(hash)
            return
        }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let parameters = StoredPassword.parameters(parts[2]),
            let salt = Base64.decode(parts[3]), 8...64 ~= salt.count,
            let digest = Base64.decode(parts[4]), 16...64 ~= digest.count
        else { return nil }
        kind = .scrypt(parameters, salt: salt, digest: digest)
    }

    private static func parameters(_ text: Substring) -> Parameters? {
        var values: [Substring: Int] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            values[pair[0]] = value
        }
        guard values.count == 3, let logN = values["ln"], let r = values["r"], let p = values["p"],
            1...20 ~= logN, 1...32 ~= r, 1...16 ~= p
        else { return nil }
        let parameters = Parameters(logN: logN, r: r, p: p)
        return parameters.memory <= maximumMemory ? parameters : nil
    }

    /// Whether this is the hash of a password. Takes tens of milliseconds: to be called beside loop and database thread.
    package func matches(_ password: String) -> Bool {
        guard password.utf8.count <= StoredPassword.maximumPassword else { return false }
        switch kind {
        case .bcrypt(let hash): return hash.matches(password)
        case .scrypt(let parameters, let salt, let digest):
            guard let made = StoredPassword.digest(password, parameters, salt, digest.count) else {
                return false
            }
            return resdev_equal(made, digest, digest.count) == 1
        }
    }

    private static func digest(
        _ password: String,
        _ parameters: Parameters,
        _ salt: [UInt8],
        _ count: Int
    ) -> [UInt8]? {
        let bytes = Array(password.utf8)
        var digest = [UInt8](repeating: 0, count: count)
        let done = resdev_scrypt(
            bytes,
            bytes.count,
            salt,
            salt.count,
            1 << UInt64(parameters.logN),
            UInt32(parameters.r),
            UInt32(parameters.p),
            UInt64(maximumMemory),
            &digest,
            count
        )
        return done == 1 ? digest : nil
    }

    /// The hash of a new password, as text: scrypt with a random salt, 32 MiB and about 80 ms.
    ///
    /// - Returns: nil when the password is longer than `maximumPassword`, or memory ran out.
    package static func make(_ password: String, logN: Int = 15) -> String? {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        guard password.utf8.count <= maximumPassword,
            let digest = digest(password, Parameters(logN: logN, r: 8, p: 1), salt, 32)
        else { return nil }
        return "$scrypt$ln=\(logN),r=8,p=1$\(text(salt))$\(text(digest))"
    }

    /// Base 64 without padding, as hashes are written.
    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes.span).prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }

    /// A hash that no password has, for users that are not there: so they take as long as others.
    static let ofNobody = StoredPassword(
        "$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
}
