/// A user JWT with the seed of its key, as a `.creds` file holds them.
package struct NATSCredentials: Hashable, Sendable {
    /// The JWT as it is sent.
    package let jwt: String
    /// The key that signs the server's nonce.
    package let seed: NKeySeed

    /// Largest file that is read, in bytes.
    package static let maximumFileSize = 65_536

    package init(jwt: String, seed: NKeySeed) {
        self.jwt = jwt
        self.seed = seed
    }

    /// Reads the text of a file: the JWT and the seed each stand between a line that begins and one that ends
    /// with dashes.
    ///
    /// - Parameter name: what to call the file in errors.
    package init(text: String, name: String) throws(NATSError) {
        let blocks = NATSCredentials.blocks(of: text)
        guard let jwt = blocks.first(where: { $0.split(separator: ".").count == 3 }) else {
            throw NATSError(
                .invalidCredentials,
                "\(name): no JWT between lines \"-----BEGIN NATS USER JWT-----\" and \"------END NATS USER JWT------\""
            )
        }
        guard let seed = blocks.first(where: { $0.hasPrefix("S") }) else {
            throw NATSError(
                .invalidCredentials,
                "\(name): no seed between lines \"-----BEGIN USER NKEY SEED-----\" and \"------END USER NKEY SEED------\""
            )
        }
        do {
            self.init(jwt: jwt, seed: try NKeySeed(seed))
        } catch {
            throw NATSError(.invalidCredentials, "\(name): the seed is not valid: \(error)")
        }
    }

    /// Reads a file.
    package init(path: String) throws(NATSError) {
        let text: String
        do {
            text = try TextFile.read(path, maximumSize: NATSCredentials.maximumFileSize)
        } catch {
            throw NATSError(.invalidCredentials, "cannot read the credentials file: \(error)")
        }
        try self.init(text: text, name: path)
    }

    /// The text of each block between two lines of dashes, its lines joined.
    private static func blocks(of text: String) -> [String] {
        var blocks: [String] = []
        var open: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.filter { !$0.isWhitespace }
            guard line.hasPrefix("---") else {
                open? += line
                continue
            }
            if let block = open, !block.isEmpty {
                blocks.append(block)
                open = nil
            } else {
                open = ""
            }
        }
        return blocks
    }
}
