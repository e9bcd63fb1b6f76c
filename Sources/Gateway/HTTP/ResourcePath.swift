package import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// What stands between paths of HTTP requests and resource ids (RES protocol, "HTTP").
///
/// Clients in the field rely on how often which escape is decoded: a path whose escapes are the ones that
/// every encoder
/// writes is decoded before it is taken apart and its parts once more; any other path is taken apart as it
/// was sent.
package struct ResourcePath: Hashable, Sendable {
    /// What paths of resources start with; ends with a slash.
    package let prefix: String
    /// The prefix as it begins a string in JSON.
    private let opening: ByteBuffer

    /// - Parameter prefix: with or without a slash at its end.
    package init(prefix: String) {
        self.prefix = prefix.hasSuffix("/") ? prefix : prefix + "/"
        var opening = ByteBuffer()
        opening.writeJSON(self.prefix)
        opening.moveWriterIndex(to: opening.writerIndex - 1)
        self.opening = opening
    }

    /// What a path that was sent names.
    package struct Place: Hashable, Sendable {
        /// The path with its escapes decoded; tells which part of the gateway is meant.
        package var decoded: String
        /// The path to take apart: the one that was sent, or the decoded one where every escape is a usual
        /// one.
        fileprivate var parted: String

        /// - Parameter path: as it was sent; its escapes are well-formed.
        package init(_ path: String) {
            guard path.utf8.contains(where: { !$0.isPlainInPath }) else {
                decoded = path
                parted = path
                return
            }
            decoded = String(decoding: PercentEscapes.decode(path.utf8) ?? [], as: UTF8.self)
            parted = PercentEscapes.areUsual(path.utf8) ? decoded : path
        }

        /// Whether the path ends with a slash.
        fileprivate var endsWithSlash: Bool { parted.utf8.last == UInt8(ascii: "/") }
    }

    /// Whether a path lies below the prefix.
    package func contains(_ place: Place) -> Bool {
        place.decoded.utf8.starts(with: prefix.utf8)
    }

    /// Whether a path ends with a slash, other than that of the prefix: such a path names nothing, whatever
    /// the method.
    package func isFolder(_ place: Place) -> Bool {
        place.endsWithSlash && place.parted.utf8.count > prefix.utf8.count
    }

    /// The resource id of a path and a query; nil when they name no resource.
    ///
    /// The query is passed on as it was sent; an empty one is none.
    package func resource(_ place: Place, query: String?) -> ResourceID? {
        guard place.parted.utf8.contains(UInt8(ascii: "%")) else {
            return rest(of: place).flatMap { ResourcePath.resource(plain: $0, query: query) }
        }
        guard let parts = parts(of: place) else { return nil }
        return ResourcePath.resource(parts[...], query: query)
    }

    /// The resource id and the method of a path, the last part of which names the method; nil when they name
    /// none.
    package func method(_ place: Place, query: String?) -> (resource: ResourceID, method: String)? {
        guard let parts = parts(of: place), parts.count > 1, let method = parts.last,
            ResourcePath.isMethod(method),
            let resource = ResourcePath.resource(parts.dropLast(), query: query)
        else { return nil }
        return (resource, method)
    }

    /// The path of a resource id, escaped so that `resource` finds the same id.
    package func path(of rid: String) -> String {
        var path = prefix
        for byte in rid.utf8 {
            if byte == UInt8(ascii: ".") {
                path.append("/")
            } else if byte.isPlainInPathSegment {
                path.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                path.append(PercentEscapes.encode(byte))
            }
        }
        return path
    }

    /// Writes the path of a resource id as a string of JSON.
    func writeJSON(pathOf rid: String, into buffer: inout ByteBuffer) {
        buffer.writeImmutableBuffer(opening)
        var rid = rid
        rid.withUTF8 { bytes in
            // Runs of bytes that stand for themselves are most of an id, and none of those that need an escape in JSON.
            var start = 0
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte == UInt8(ascii: ".") || !byte.isPlainInPathSegment else { continue }
                buffer.writeBytes(bytes[start..<index])
                start = index + 1
                if byte == UInt8(ascii: ".") {
                    buffer.writeStaticString("/")
                } else {
                    buffer.writeString(PercentEscapes.encode(byte))
                }
            }
            buffer.writeBytes(bytes[start...])
        }
        buffer.writeStaticString("\"")
    }

    /// Whether a text can be the last token of a call's subject.
    package static func isMethod(_ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0...0x20, 0x7f...0xff, UInt8(ascii: "."), UInt8(ascii: "?"), UInt8(ascii: "*"),
                UInt8(ascii: ">"):
                false
            default: true
            }
        }
    }

    /// What stands behind the prefix; nil without anything, and where a dot stands that is not escaped. A
    /// slash right behind
    /// the prefix does not count.
    private func rest(of place: Place) -> Substring.UTF8View? {
        let path = place.parted.utf8
        guard path.starts(with: prefix.utf8), path.count > prefix.utf8.count else { return nil }
        let rest = path.dropFirst(prefix.utf8.count)
        if rest.contains(UInt8(ascii: ".")) { return nil }
        return rest.first == UInt8(ascii: "/") ? rest.dropFirst() : rest
    }

    /// The decoded parts behind the prefix.
    private func parts(of place: Place) -> [String]? {
        guard let rest = rest(of: place) else { return nil }
        var parts: [String] = []
        for part in rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard part.contains(UInt8(ascii: "%")) else {
                parts.append(String(Substring(part)))
                continue
            }
            guard let decoded = PercentEscapes.decode(part) else { return nil }
            parts.append(String(decoding: decoded, as: UTF8.self))
        }
        return parts
    }

    /// The resource id of a path without escapes, which is the common one.
    private static func resource(plain path: Substring.UTF8View, query: String?) -> ResourceID? {
        var text: [UInt8] = []
        text.reserveCapacity(path.count + 1 + (query?.utf8.count ?? 0))
        for byte in path { text.append(byte == UInt8(ascii: "/") ? UInt8(ascii: ".") : byte) }
        if let query {
            text.append(UInt8(ascii: "?"))
            text.append(contentsOf: query.utf8)
        }
        return ResourceID(String(decoding: text, as: UTF8.self))
    }

    private static func resource(_ parts: ArraySlice<String>, query: String?) -> ResourceID? {
        let name = parts.joined(separator: ".")
        return ResourceID(query.map { name + "?" + $0 } ?? name)
    }
}

/// Escapes of the form `%` and two hexadecimal digits (RFC 3986 section 2.1).
enum PercentEscapes {
    /// The bytes with escapes decoded; nil when a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(HTTPGrammar.hexDigit),
                let low = iterator.next().flatMap(HTTPGrammar.hexDigit)
            else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    /// The escape of a byte.
    static func encode(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "%0" + digits : "%" + digits
    }

    /// Whether a path is escaped the one way in which it would be written again: every byte that needs an
    /// escape has one, in
    /// capitals, and no other byte has one.
    static func areUsual(_ path: some Collection<UInt8>) -> Bool {
        var iterator = path.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                guard byte.isPlainInPath else { return false }
                continue
            }
            guard let high = iterator.next(), let low = iterator.next(),
                !(0x61...0x66 ~= high), !(0x61...0x66 ~= low),
                let highDigit = HTTPGrammar.hexDigit(high), let lowDigit = HTTPGrammar.hexDigit(low),
                !(highDigit << 4 | lowDigit).isPlainInPath
            else { return false }
        }
        return true
    }
}

extension UInt8 {
    /// Whether the byte is written without an escape in a part of a path.
    fileprivate var isPlainInPathSegment: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "+"), UInt8(ascii: ":"),
            UInt8(ascii: "="), UInt8(ascii: "@"):
            true
        default: false
        }
    }

    /// Whether the byte is written without an escape in a path.
    fileprivate var isPlainInPath: Bool {
        isPlainInPathSegment || self == UInt8(ascii: "/") || self == UInt8(ascii: ";")
            || self == UInt8(ascii: ",")
    }
}
