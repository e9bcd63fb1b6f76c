/// A request method (RFC 9110 section 9).
package enum HTTPMethod: Hashable, Sendable, CustomStringConvertible {
    case get, head, options, post, put, patch, delete
    /// Any other token; methods are case-sensitive.
    case other(String)

    /// The method of that name.
    package init(_ name: String) {
        switch name {
        case "GET": self = .get
        case "HEAD": self = .head
        case "OPTIONS": self = .options
        case "POST": self = .post
        case "PUT": self = .put
        case "PATCH": self = .patch
        case "DELETE": self = .delete
        default: self = .other(name)
        }
    }

    package var description: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .options: "OPTIONS"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .other(let name): name
        }
    }
}
