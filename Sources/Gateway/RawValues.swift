package import RESProtocol
package import WebServer

/// Values of resources as raw bytes over HTTP, beside their JSON: who composes the gateway serves them.
///
/// The path of a value is the prefix, the parts of a resource id and one part more, joined by slashes. GET and HEAD ask
/// for `get` access to the resource first, PUT for access to the method `set`.
package struct RawValues: Sendable {
    /// Answers a request for a value; runs on the gateway's loop, and completes there.
    package typealias Serve =
        @Sendable (
            _ request: HTTPRequest, _ resource: ResourceID, _ part: String,
            _ completion: @escaping (HTTPResponse) -> Void
        ) -> Void

    /// What paths of values start with; ends with a slash.
    package let prefix: String
    package let serve: Serve

    package init(prefix: String, serve: @escaping Serve) {
        self.prefix = prefix
        self.serve = serve
    }

    /// The methods that a value has.
    static let allowedMethods = "GET, HEAD, OPTIONS, PUT"
}

extension HTTPMethod {
    /// The RES method whose access a request for a raw value needs, nil for none but `get`.
    ///
    /// - Throws: for a request method that values have not.
    var rawValueMethod: String? {
        get throws(RESError) {
            switch self {
            case .get, .head: nil
            case .put: "set"
            default: throw .methodNotAllowed
            }
        }
    }
}
