import Gateway
import NIOCore
import RESProtocol

/// What a command line sets, by the names of Resgate's options; nil where it does not.
struct ResgateOverrides {
    var nats: String?
    var addr: String?
    /// 0 leaves the port as it is.
    var port: Int?
    var wspath: String?
    var apipath: String?
    /// Milliseconds, or seconds where it is 10 at most.
    var reqtimeout: Int?
    /// An empty method takes back what the file says, as it does in the options below.
    var headauth: String?
    var wsheadauth: String?
    var metricsport: Int?
    var apiencoding: String?
    var putmethod: String?
    var deletemethod: String?
    var patchmethod: String?
    var wscompression: Bool?
    var resetthrottle: Int?
    var referencethrottle: Int?
    var tls: Bool?
    var tlscert: String?
    var tlskey: String?
    var creds: String?
    var natscert: String?
    var natskey: String?
    var natsrootca: [String]?
    var alloworigin: [String]?
    var debug: Bool?
    var trace: Bool?
}

extension ResgateConfiguration {
    /// Takes over what the command line sets.
    ///
    /// - Throws: which setting is not valid, and what would be.
    mutating func apply(_ overrides: ResgateOverrides) throws(StartFailure) {
        natsURL = overrides.nats ?? natsURL
        natsCredentials = overrides.creds ?? natsCredentials
        natsCertificate = overrides.natscert ?? natsCertificate
        natsKey = overrides.natskey ?? natsKey
        natsRootCAs = overrides.natsrootca ?? natsRootCAs
        requestTimeout = overrides.reqtimeout ?? requestTimeout
        debug = overrides.debug ?? debug
        trace = overrides.trace ?? trace
        try applyListener(overrides)
        try applyResources(overrides)
        fillIn()
    }

    private mutating func applyListener(_ overrides: ResgateOverrides) throws(StartFailure) {
        gateway.addr = overrides.addr ?? gateway.addr
        if let port = overrides.port, port > 0 { gateway.port = port }
        if let port = overrides.metricsport, port > 0 { gateway.metricsPort = port }
        gateway.wsPath = overrides.wspath ?? gateway.wsPath
        gateway.tls = overrides.tls ?? gateway.tls
        gateway.certFile = overrides.tlscert ?? gateway.certFile
        gateway.keyFile = overrides.tlskey ?? gateway.keyFile
        gateway.wsCompression = overrides.wscompression ?? gateway.wsCompression
        gateway.allowOrigin = overrides.alloworigin?.joined(separator: ";") ?? gateway.allowOrigin
        for (name, port) in [("port", gateway.port), ("metrics port", gateway.metricsPort ?? 0)] {
            guard 0...65_535 ~= port else {
                throw StartFailure("Invalid \(name) \"\(port)\": must be less than 65536")
            }
        }
        if let port = gateway.metricsPort, port == gateway.port {
            throw StartFailure(
                "Invalid metrics port \"\(port)\": must be different from the port for clients"
            )
        }
        guard gateway.addr.isEmpty || (try? SocketAddress(ipAddress: gateway.addr, port: 0)) != nil else {
            throw .invalid("addr", gateway.addr, "must be an IPv4 or IPv6 address")
        }
        do {
            _ = try CORSPolicy(allowOrigin: gateway.allowOrigin)
        } catch {
            throw .invalid("allowOrigin", gateway.allowOrigin, "\(error)")
        }
    }

    private mutating func applyResources(_ overrides: ResgateOverrides) throws(StartFailure) {
        gateway.apiPath = overrides.apipath ?? gateway.apiPath
        gateway.resetThrottle = overrides.resetthrottle.map { $0 > 0 ? $0 : nil } ?? gateway.resetThrottle
        gateway.referenceThrottle =
            overrides.referencethrottle.map { $0 > 0 ? $0 : nil } ?? gateway.referenceThrottle
        gateway.putMethod = try method("putMethod", overrides.putmethod, gateway.putMethod)
        gateway.deleteMethod = try method("deleteMethod", overrides.deletemethod, gateway.deleteMethod)
        gateway.patchMethod = try method("patchMethod", overrides.patchmethod, gateway.patchMethod)
        gateway.headerAuth = try authentication("headerAuth", overrides.headauth, gateway.headerAuth)
        gateway.wsHeaderAuth = try authentication("wsHeaderAuth", overrides.wsheadauth, gateway.wsHeaderAuth)
        if let name = overrides.apiencoding, !name.isEmpty {
            guard let encoding = APIEncoding(name: name) else {
                throw .invalid("apiEncoding", name, "available encodings: json, jsonflat")
            }
            gateway.apiEncoding = encoding
        }
        guard 0...Int(GatewayConfiguration.maximumTimeout) ~= requestTimeout else {
            throw .invalid("requestTimeout", "\(requestTimeout)", "must be from 0 to a day's milliseconds")
        }
    }

    private func method(_ name: String, _ text: String?, _ before: String?) throws(StartFailure) -> String? {
        guard let text else { return before }
        if text.isEmpty { return nil }
        guard (try? HTTPMethodMapping(put: text)) != nil else {
            throw .invalid(name, text, "must be the name of a method")
        }
        return text
    }

    private func authentication(
        _ name: String,
        _ text: String?,
        _ before: AuthenticationMethod?
    ) throws(StartFailure) -> AuthenticationMethod? {
        guard let text else { return before }
        if text.isEmpty { return nil }
        guard let method = AuthenticationMethod(text) else {
            throw .invalid(name, text, "must be a method of a resource")
        }
        return method
    }
}

extension StartFailure {
    fileprivate static func invalid(_ name: String, _ value: String, _ remedy: String) -> StartFailure {
        StartFailure("invalid \(name) setting (\(value))", remedy: remedy)
    }
}
