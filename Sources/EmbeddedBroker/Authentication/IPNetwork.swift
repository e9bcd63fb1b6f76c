import Glibc

/// A network of IP addresses, as in `10.0.0.0/8` or `fe80::/10`.
package struct IPNetwork: Hashable, Sendable {
    private let bytes: [UInt8]
    private let prefixLength: Int

    /// Reads an address with the length of its prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = IPNetwork.address(String(parts[0])), let length = Int(parts[1]),
            0...bytes.count * 8 ~= length
        else { return nil }
        self.bytes = bytes
        prefixLength = length
    }

    /// Whether an address lies in the network.
    package func contains(_ address: String) -> Bool {
        guard let other = IPNetwork.address(address), other.count == bytes.count else { return false }
        for index in bytes.indices {
            let bits = min(max(prefixLength - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
            guard bytes[index] & mask == other[index] & mask else { return false }
        }
        return true
    }

    /// The 4 or 16 bytes of an address; nil when it is none.
    private static func address(_ text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let isMappedIPv4 = sixteen[..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xff && sixteen[11] == 0xff
        return isMappedIPv4 ? Array(sixteen[12...]) : sixteen
    }
}
