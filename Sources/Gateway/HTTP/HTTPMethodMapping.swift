package import WebServer

/// What request methods do with resources, and which methods PUT, DELETE and PATCH call.
package struct HTTPMethodMapping: Hashable, Sendable {
    /// Why a configured method is refused.
    package struct InvalidMethod: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let put: String?
    private let delete: String?
    private let patch: String?

    /// - Parameters: names of methods that resources have; nil where the request method is not allowed.
    package init(put: String? = nil, delete: String? = nil, patch: String? = nil) throws(InvalidMethod) {
        for (option, method) in [("putMethod", put), ("deleteMethod", delete), ("patchMethod", patch)] {
            guard let method, !ResourcePath.isMethod(method) else { continue }
            throw InvalidMethod(
                description: "\(option) '\(method)' is no method name: one part, of printable ASCII"
            )
        }
        self.put = put
        self.delete = delete
        self.patch = patch
    }

    /// What is done for a request.
    package enum Action: Hashable, Sendable {
        case get
        /// The last part of the path names the method.
        case post
        /// The whole path names the resource.
        case call(String)
        case notAllowed
    }

    /// What is done for a request of that method.
    package func action(for method: HTTPMethod) -> Action {
        switch method {
        case .get, .head: .get
        case .post: .post
        case .put: put.map { .call($0) } ?? .notAllowed
        case .delete: delete.map { .call($0) } ?? .notAllowed
        case .patch: patch.map { .call($0) } ?? .notAllowed
        case .options, .other: .notAllowed
        }
    }

    /// PUT, DELETE and PATCH are not allowed.
    package static let unmapped = HTTPMethodMapping()

    private init() {
        put = nil
        delete = nil
        patch = nil
    }

    /// The value of `Allow` where a method turned out not to be.
    package func allowedMethods(without method: HTTPMethod) -> String {
        let mapped = [("PUT", put, HTTPMethod.put), ("DELETE", delete, .delete), ("PATCH", patch, .patch)]
        let others = mapped.filter { $0.1 != nil && $0.2 != method }.map(\.0)
        return (["GET", "HEAD", "OPTIONS", "POST"] + others).joined(separator: ", ")
    }

    /// The value of `Access-Control-Allow-Methods`.
    package var allowedMethods: String {
        "GET, HEAD, OPTIONS, POST" + (put == nil ? "" : ", PUT") + (delete == nil ? "" : ", DELETE")
            + (patch == nil ? "" : ", PATCH")
    }
}
