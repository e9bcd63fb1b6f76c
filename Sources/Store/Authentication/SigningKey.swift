import Glibc
import RESProtocol

/// The key that tokens are signed with: read, or made where there is none.
enum SigningKey {
    /// Largest key file that is read, in bytes.
    static let maximumSize = 4096

    /// Gets the key. Blocks.
    ///
    /// - Parameter database: the database's file; nil for one in memory.
    /// - Throws: what is wrong with the key, and how it would be right.
    static func load(
        _ configuration: AuthenticationConfiguration,
        database: String?
    ) throws(StoreError) -> TokenSigner {
        let secret: [UInt8]
        let place: String
        switch configuration.key {
        case .text(let text):
            place = "the key of auth"
            secret = decode(text, configuration.algorithm)
        case .file(let path):
            place = path
            secret = decode(try text(of: path), configuration.algorithm)
        case .automatic:
            guard let database else {
                place = "a new key"
                secret = random()
                break
            }
            place = database + ".token-key"
            secret = decode(try text(of: place), configuration.algorithm)
        }
        guard let signer = TokenSigner(configuration.algorithm, secret: secret) else {
            let wanted =
                configuration.algorithm == .hmac ? "at least 32 bytes of text" : "32 bytes in base 64"
            throw StoreError(
                .configuration,
                "\(place) is no key for \(configuration.algorithm.rawValue)",
                remedy: "a key has \(wanted); without the file, a new one is made"
            )
        }
        return signer
    }

    private static func decode(_ text: String, _ algorithm: TokenAlgorithm) -> [UInt8] {
        algorithm == .hmac ? Array(text.utf8) : Base64.decode(text) ?? []
    }

    private static func random() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The text of a key file; a new one where there is none, for the owner's eyes only.
    private static func text(of path: String) throws(StoreError) -> String {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            defer { close(descriptor) }
            let text = Base64.encodeForURL(random())
            let bytes = Array((text + "\n").utf8)
            guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
                let reason = FileContents.lastError
                unlink(path)
                throw StoreError(.unwritable, "\(path) cannot be written: \(reason)")
            }
            return text
        }
        guard errno == EEXIST else {
            throw StoreError(
                .unwritable,
                "\(path): no key can be made there: \(FileContents.lastError)",
                remedy: "name a file with 'key_file' in auth, or make the directory writable"
            )
        }
        do throws(TextFile.Failure) {
            let text = try TextFile.read(path, maximumSize: maximumSize)
            return String(text.prefix { !$0.isNewline })
        } catch {
            throw StoreError(.unreadable, "\(error)", remedy: "make the key file readable for this user")
        }
    }
}
