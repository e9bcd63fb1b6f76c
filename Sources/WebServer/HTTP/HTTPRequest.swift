package import struct NIOCore.ByteBuffer

/// A whole request, body included.
package struct HTTPRequest: Sendable {
    /// What is to be done.
    package var method: HTTPMethod
    /// The request target as it was sent: `/api/library/books?limit=5`, `http://host/path` or `*`.
    package var target: String
    /// The path as it was sent, escapes and all, without scheme and host; `*` of an asterisk target, empty
    /// where there is none.
    package var path: String
    /// What stands behind the first `?`, as it was sent; nil without a `?`.
    package var query: String?
    /// The header fields, in the order they were sent.
    package var fields: HTTPFields
    /// The body, chunks put together; empty when there is none. It may be a slice of a larger read buffer.
    package var body: ByteBuffer
    /// Whether the client lets the connection stay open after the answer (RFC 9112 section 9.3).
    package var isKeepAlive: Bool
    /// Whether the client speaks HTTP/1.0, which knows no upgrades and no chunks.
    package var isHTTP10: Bool

    package init(
        method: HTTPMethod,
        target: String,
        path: String,
        query: String? = nil,
        fields: HTTPFields = HTTPFields(),
        body: ByteBuffer = ByteBuffer(),
        isKeepAlive: Bool = true,
        isHTTP10: Bool = false
    ) {
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.isKeepAlive = isKeepAlive
        self.isHTTP10 = isHTTP10
    }

    /// Host and port of the request: the target's where it names them, else the `Host` field's; empty when
    /// absent.
    package var host: String {
        guard !target.hasPrefix("/"), let start = target.range(of: "://") else { return fields["Host"] ?? "" }
        return String(target[start...].prefix { $0 != "/" && $0 != "?" })
    }
}

extension String {
    /// Where the text behind the first occurrence of a mark starts.
    fileprivate func range(of mark: String) -> String.Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) { return rest.index(rest.startIndex, offsetBy: mark.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
