package import RESProtocol

package import struct NIOCore.TimeAmount

/// Reading a configuration file: the members that Resgate's has for its gateway, by their names there.
extension GatewayConfiguration {
    /// Names of all members, in small letters.
    package static let memberNames = [
        "addr", "port", "metricsport", "wspath", "apipath", "apiencoding", "headerauth", "wsheaderauth",
        "alloworigin", "putmethod", "deletemethod", "patchmethod", "requesttimeout", "resetthrottle",
        "referencethrottle", "tls", "certfile", "keyfile", "tlscert", "tlskey", "wscompression",
    ]

    /// Reads a map of members. Upper and lower case count as equal, and `null` stands for the default.
    ///
    /// - Parameter ignoresOthers: whether members of other names are passed over, as Resgate does, or refused.
    /// - Throws: what is wrong with which member, and where it stands.
    package init(
        reading value: ConfigurationValue,
        ignoresOthers: Bool = false
    ) throws(ConfigurationError) {
        self.init()
        let map = try value.map()
        if !ignoresOthers { try map.expectOnly(GatewayConfiguration.memberNames) }
        for field in map.fields where !field.value.isNull {
            try readListener(field.key.lowercased(), field.value)
            try readResources(field.key.lowercased(), field.value)
        }
        guard let field = map["metricsPort"], let metricsPort, metricsPort == port else { return }
        throw ConfigurationError(
            "metricsPort \(metricsPort) is the port for clients already; choose another one",
            at: field.value.position
        )
    }

    /// Takes a member that says where and how clients connect.
    private mutating func readListener(
        _ name: String,
        _ value: ConfigurationValue
    ) throws(ConfigurationError) {
        let ports = 0...65_535
        switch name {
        case "addr": addr = try value.string()
        case "port": port = try value.integer(in: ports)
        case "metricsport":
            let port = try value.integer(in: ports)
            metricsPort = port == 0 ? nil : port
        case "wspath":
            wsPath = try value.string()
            guard wsPath.hasPrefix("/") else { throw value.expected("a path that starts with a slash") }
        case "tls": tls = try value.bool()
        case "certfile", "tlscert": certFile = try value.string()
        case "keyfile", "tlskey": keyFile = try value.string()
        case "wscompression": wsCompression = try value.bool()
        case "alloworigin":
            allowOrigin = try value.strings().joined(separator: ";")
            do throws(CORSPolicy.InvalidOrigins) {
                _ = try CORSPolicy(allowOrigin: allowOrigin)
            } catch {
                throw ConfigurationError("allowOrigin: \(error)", at: value.position)
            }
        default: break
        }
    }

    /// Takes a member that says how resources are served.
    private mutating func readResources(
        _ name: String,
        _ value: ConfigurationValue
    ) throws(ConfigurationError) {
        switch name {
        case "apipath": apiPath = try value.string()
        case "apiencoding":
            guard let encoding = APIEncoding(name: try value.string()) else {
                throw value.expected("json or jsonflat")
            }
            apiEncoding = encoding
        case "headerauth": headerAuth = try GatewayConfiguration.authentication(value)
        case "wsheaderauth": wsHeaderAuth = try GatewayConfiguration.authentication(value)
        case "putmethod": putMethod = try GatewayConfiguration.method(value)
        case "deletemethod": deleteMethod = try GatewayConfiguration.method(value)
        case "patchmethod": patchMethod = try GatewayConfiguration.method(value)
        case "requesttimeout": requestTimeout = try GatewayConfiguration.timeout(value) ?? requestTimeout
        case "resetthrottle": resetThrottle = try GatewayConfiguration.throttle(value)
        case "referencethrottle": referenceThrottle = try GatewayConfiguration.throttle(value)
        default: break
        }
    }

    private static func authentication(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> AuthenticationMethod {
        guard let method = AuthenticationMethod(try value.string()) else {
            throw value.expected("a method of a resource, such as \"authService.headerLogin\"")
        }
        return method
    }

    private static func method(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let method = try value.string()
        guard ResourcePath.isMethod(method) else {
            throw value.expected("the name of a method: one part, of printable ASCII")
        }
        return method
    }

    /// A number of requests; nil for no limit.
    private static func throttle(_ value: ConfigurationValue) throws(ConfigurationError) -> Int? {
        let limit = try value.integer(in: 0...Int(Int32.max))
        return limit == 0 ? nil : limit
    }

    /// A number of milliseconds, or of seconds where it is 10 at most, as files of old have it; or a text with a unit.
    /// 0 stands for the default.
    private static func timeout(_ value: ConfigurationValue) throws(ConfigurationError) -> TimeAmount? {
        guard case .integer(_, unit: "") = value.content else {
            let (seconds, attoseconds) = try value.duration().components
            guard 0...GatewayConfiguration.maximumTimeout / 1000 ~= seconds, seconds > 0 || attoseconds > 0
            else {
                throw value.expected("a time above 0")
            }
            return .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
        }
        let number = try value.integer(in: 0...Int(GatewayConfiguration.maximumTimeout))
        return number == 0 ? nil : GatewayConfiguration.requestTimeout(number: number)
    }

    /// The longest time that a service may be given, in milliseconds: a day.
    package static let maximumTimeout: Int64 = 86_400_000

    /// The time that a number stands for: of milliseconds, or of seconds where it is 10 at most.
    package static func requestTimeout(number: Int) -> TimeAmount {
        number <= 10 ? .seconds(Int64(number)) : .milliseconds(Int64(number))
    }
}
