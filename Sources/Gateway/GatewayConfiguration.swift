package import RESProtocol
package import WebServer

package import struct NIOCore.TimeAmount

/// How a gateway serves clients. Names and meanings of the first group are those of Resgate's configuration.
package struct GatewayConfiguration: Sendable {
    /// Address to listen on; an IP address.
    package var addr = "127.0.0.1"
    /// Port to listen on; 0 takes a free one.
    package var port = 8080
    /// Path at which WebSockets are accepted.
    package var wsPath = "/"
    /// Path below which resources are found over HTTP; starts and ends with a slash.
    package var apiPath = "/api/"
    /// How resources are written over HTTP.
    package var apiEncoding = APIEncoding.json
    /// The method that authenticates each HTTP request; nil for none.
    package var headerAuth: AuthenticationMethod?
    /// The method that authenticates each WebSocket handshake; nil for none.
    package var wsHeaderAuth: AuthenticationMethod?
    /// Origins of web pages that may use the gateway, joined by `;`; `*` for all.
    package var allowOrigin = "*"
    /// The methods called by PUT, DELETE and PATCH; nil where a request method is not allowed.
    package var putMethod: String?
    package var deleteMethod: String?
    package var patchMethod: String?
    /// How long a service may take to answer, unless it asks for longer.
    package var requestTimeout = TimeAmount.seconds(3)
    /// Port on which metrics are served, at the same address; nil for none, 0 takes a free one.
    package var metricsPort: Int?
    /// Requests that one system reset has under way at a time; nil for no limit.
    package var resetThrottle: Int?
    /// Get requests that one subscription has under way at a time for what it leads to; nil for no limit.
    package var referenceThrottle: Int?
    /// Whether clients connect over TLS, by the certificate and key of these PEM files.
    package var tls = false
    package var certFile = ""
    package var keyFile = ""
    /// Whether messages over WebSocket are compressed for clients that offer it (RFC 7692).
    package var wsCompression = false

    /// The page at a path with its escapes decoded, where there is one; nil for a gateway without pages of its own.
    ///
    /// Asked for GET and HEAD only, for paths that are not below `apiPath`; for `wsPath` only where the client
    /// accepts `text/html`, so that every other client finds there what it would find without pages.
    package var pages: (@Sendable (_ path: String) -> HTTPResponse?)?

    /// Values of resources as raw bytes; nil for a gateway without.
    package var rawValues: RawValues?

    /// Resources that only some clients may reach; nil for none.
    package var guarded: GuardedResources?

    /// How long a resource is kept after its last use.
    package var cacheRetention = TimeAmount.seconds(5)
    /// Bytes that a resource and what it references may have over HTTP.
    package var maximumRepresentation = 64 << 20
    /// What one connection may ask for.
    package var sessions = SessionLimits()
    /// Limits of the HTTP and WebSocket server; its address is `addr` and `port`.
    package var server = HTTPServerConfiguration()

    package init() {}

    /// The server's configuration, with the address to listen on.
    var serverConfiguration: HTTPServerConfiguration {
        var configuration = server
        configuration.host = addr
        configuration.port = port
        if tls { configuration.tls = TLSSettings(certificateFile: certFile, keyFile: keyFile) }
        // As Resgate has it, without context takeover: a frame for many clients is compressed once.
        if wsCompression { configuration.compression = CompressionOptions() }
        return configuration
    }
}

/// How resources are written over HTTP.
package enum APIEncoding: String, CaseIterable, Sendable {
    /// Referenced resources are objects with `href` and their content.
    case json
    /// Referenced resources are their content alone.
    case jsonFlat = "jsonflat"

    /// The encoding of a name, whatever its case.
    package init?(name: String) {
        self.init(rawValue: name.lowercased())
    }
}

/// A method that an auth request calls, as `authService.headerLogin`.
package struct AuthenticationMethod: Hashable, Sendable, CustomStringConvertible {
    package let resource: ResourceID
    package let method: String

    /// Splits at the last dot; nil without a dot, or when either part is not well-formed.
    package init?(_ text: String) {
        guard let dot = text.lastIndex(of: "."), let resource = ResourceID(String(text[..<dot])),
            resource.query == nil
        else { return nil }
        method = String(text[text.index(after: dot)...])
        guard ResourceID(method)?.query == nil, !method.isEmpty else { return nil }
        self.resource = resource
    }

    package var description: String { "\(resource).\(method)" }
}
