import CCrypto

/// A password as a server keeps it: a bcrypt hash (`$2a$`, `$2b$` or `$2y$`, cost, salt and digest).
package struct PasswordHash: Hashable, Sendable {
    /// How often, as a power of two, the hash is worked over.
    package let cost: Int
    private let text: String

    /// Costs that are accepted; at 16 one check takes seconds.
    package static let costs = 4...16

    /// The text of a hash, or nil when it is none, or one whose check would take too long.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, text.hasPrefix("$2"),
            ["a$", "b$", "y$"].contains(String(text.dropFirst(2).prefix(2))),
            bytes[6] == UInt8(ascii: "$"), let cost = Int(text.dropFirst(4).prefix(2)),
            PasswordHash.costs.contains(cost), bytes[7...].allSatisfy(PasswordHash.isDigit)
        else { return nil }
        self.cost = cost
        // All three name the same algorithm; the library has a deviation of its own for the first.
        self.text = "$2b$" + text.dropFirst(4)
    }

    /// Whether a configured password is meant to be a hash.
    package static func isHash(_ text: String) -> Bool {
        ["$2a$", "$2b$", "$2y$"].contains { text.hasPrefix($0) }
    }

    /// Whether this is the hash of a password; of longer ones the first 72 bytes count.
    ///
    /// Takes tens of milliseconds and more, so it is to be called beside the event loop.
    package func matches(_ password: String) -> Bool {
        guard !password.utf8.contains(0) else { return false }
        return resdev_bcrypt_matches(password, text) == 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
