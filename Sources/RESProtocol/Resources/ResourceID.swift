/// A RES resource id: a resource name, and a query behind `?` where there is one (RES protocol, "Resource ID").
package struct ResourceID: Hashable, Sendable, CustomStringConvertible {
    /// The whole id, as `library.books?author_id=7`.
    package let text: String
    private let nameLength: Int

    /// An id from outside, or nil when its name has an empty part or a character that a name cannot hold.
    ///
    /// A name is parts joined by dots, of printable ASCII but for `*`, `>` and `?`. The query is taken as it is;
    /// a `?` with nothing behind it is no query and is dropped.
    package init?(_ text: String) {
        guard let end = ResourceID.endOfName(text) else { return nil }
        if end == text.utf8.count - 1 {
            self.text = String(text.dropLast())
        } else {
            self.text = text
        }
        nameLength = end
    }

    /// An id of a name that was checked before, and a query; an empty query is none.
    package init(unchecked name: String, query: String? = nil) {
        nameLength = name.utf8.count
        if let query, !query.isEmpty { text = name + "?" + query } else { text = name }
    }

    /// The part before `?`.
    package var name: String {
        nameLength == text.utf8.count ? text : String(text.utf8.prefix(nameLength)) ?? text
    }

    /// The part behind `?`; never empty.
    package var query: String? {
        nameLength < text.utf8.count ? String(text.utf8.dropFirst(nameLength + 1)) : nil
    }

    package var description: String { text }

    /// Where a well-formed name ends; nil when it is not well-formed.
    private static func endOfName(_ text: String) -> Int? {
        var partLength = 0
        var offset = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "?"): return partLength > 0 ? offset : nil
            case UInt8(ascii: "."):
                guard partLength > 0 else { return nil }
                partLength = 0
            case UInt8(ascii: "*"), UInt8(ascii: ">"), 0...0x20, 0x7f...0xff: return nil
            default: partLength += 1
            }
            offset += 1
        }
        return partLength > 0 ? offset : nil
    }
}
