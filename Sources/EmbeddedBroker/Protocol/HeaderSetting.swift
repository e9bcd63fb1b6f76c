import RESProtocol

extension MessageHeaders {
    /// A header block with one field set: fields of that name are taken out, whatever the case of their letters.
    ///
    /// - Parameter block: a header block; an empty one becomes one with this field alone.
    static func setting(_ name: String, to value: String, in block: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        let prefix = Array("\(name.lowercased()):".utf8)
        var start = 0
        while start < block.count {
            let end = block[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? block.count
            let line = block[start..<end]
            start = end
            if line.allSatisfy({ $0 == 0x0d || $0 == 0x0a }) { break }
            let begins = line.prefix(prefix.count).map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
            if begins != prefix { result += line }
        }
        // Behind a line that ends in LF alone, the field would be taken for part of it.
        if !result.isEmpty, result.suffix(2) != [0x0d, 0x0a] {
            if result.last == 0x0a { result.removeLast() }
            result += [0x0d, 0x0a]
        }
        if result.isEmpty { result = Array("NATS/1.0\r\n".utf8) }
        return result + Array("\(name): \(value)\r\n\r\n".utf8)
    }
}
