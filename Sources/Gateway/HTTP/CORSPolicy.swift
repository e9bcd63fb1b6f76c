package import WebServer

/// Which web pages may use the gateway (Fetch standard, "CORS protocol").
package struct CORSPolicy: Hashable, Sendable {
    /// Why a list of origins is refused.
    package struct InvalidOrigins: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong with which origin.
        package let description: String
    }

    /// In small letters and sorted; a single `*` allows all.
    private let origins: [String]
    /// Whether pages may send credentials; told where requests are authenticated by header fields.
    private let allowsCredentials: Bool

    /// - Parameters:
    ///   - allowOrigin: `*`, or origins as `https://example.com:8443` joined by `;`.
    ///   - allowsCredentials: whether a method authenticates requests by their header fields.
    package init(allowOrigin: String, allowsCredentials: Bool = false) throws(InvalidOrigins) {
        let origins = allowOrigin.split(separator: ";", omittingEmptySubsequences: false).map { origin in
            String(decoding: origin.utf8.map(\.asciiLowercased), as: UTF8.self)
        }
        for origin in origins {
            if origin == "*" {
                guard origins.count == 1 else {
                    throw InvalidOrigins(description: "'*' must not be used together with other origins")
                }
            } else if origin.isEmpty {
                throw InvalidOrigins(description: "an origin must not be empty")
            } else if !CORSPolicy.isOrigin(origin) {
                throw InvalidOrigins(
                    description: "'\(origin)' is not of the form <scheme>://<hostname>[:<port>]"
                )
            }
        }
        self.origins = origins.sorted()
        self.allowsCredentials = allowsCredentials
    }

    /// What the policy says to one request.
    package struct Verdict: Hashable, Sendable {
        /// Fields that the answer carries, whatever it is.
        package var fields: [HTTPField]
        /// Whether the request may be served.
        package var isAllowed: Bool
    }

    /// What the policy says to every request alike; nil where that depends on the request.
    package var verdictForAll: Verdict? {
        allowsAll ? verdict(for: HTTPRequest(method: .get, target: "", path: "")) : nil
    }

    /// Judges a request by its `Origin`. Without one, or with `null`, it does not come from a page of another
    /// origin.
    package func verdict(for request: HTTPRequest) -> Verdict {
        var verdict = Verdict(
            fields: allowsCredentials ? [HTTPField("Access-Control-Allow-Credentials", "true")] : [],
            isAllowed: true
        )
        if allowsAll {
            verdict.fields.append(HTTPField("Access-Control-Allow-Origin", "*"))
        } else if let origin = request.fields["Origin"], origin != "null" {
            verdict.isAllowed = matches(origin)
            let told = verdict.isAllowed ? origin : origins.first ?? ""
            verdict.fields += [HTTPField("Access-Control-Allow-Origin", told), HTTPField("Vary", "Origin")]
        }
        return verdict
    }

    /// Whether a WebSocket may be opened from the page that asks for it.
    package func allowsWebSocket(_ request: HTTPRequest) -> Bool {
        guard !allowsAll, let origin = request.fields["Origin"], origin != "null" else { return true }
        return matches(origin)
    }

    /// The answer to OPTIONS, which tells a page what it may send.
    package func preflight(_ request: HTTPRequest, allowedMethods: String) -> HTTPResponse {
        var fields = verdict(for: request).fields
        fields.append(HTTPField("Access-Control-Allow-Methods", allowedMethods))
        let headers = request.fields.values(of: "Access-Control-Request-Headers")
        if !headers.isEmpty {
            fields.append(HTTPField("Access-Control-Allow-Headers", headers.joined(separator: ", ")))
        }
        return HTTPResponse(200, fields: fields)
    }

    private var allowsAll: Bool { origins.first == "*" }

    private func matches(_ origin: String) -> Bool {
        origins.contains { $0.utf8.elementsEqual(origin.utf8) { $0 == $1.asciiLowercased } }
    }

    /// Whether a text is a scheme, `://`, a host and maybe a port, and nothing else.
    private static func isOrigin(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), 0x61...0x7a ~= bytes[0],
            bytes[..<colon].allSatisfy({ isSchemeByte($0) }), bytes[colon...].starts(with: "://".utf8)
        else { return false }
        let host = bytes[(colon + 3)...]
        guard let first = host.first, first != UInt8(ascii: ":") else { return false }
        let forbidden = Array("/?#@\\ <>\"^`{|}".utf8)
        guard !host.contains(where: { $0 <= 0x20 || $0 == 0x7f || forbidden.contains($0) }) else {
            return false
        }
        guard first != UInt8(ascii: "["), let port = host.lastIndex(of: UInt8(ascii: ":")) else {
            return true
        }
        return host[(port + 1)...].allSatisfy { 0x30...0x39 ~= $0 }
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x30...0x39, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
