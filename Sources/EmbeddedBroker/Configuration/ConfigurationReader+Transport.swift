import RESProtocol

extension ConfigurationReader {
    mutating func readTransport(_ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        switch key {
        case "tls": configuration.tls = try readTLS(value)
        case "allow_non_tls": configuration.allowsPlaintext = try value.bool()
        case "websocket", "ws": configuration.webSocket = try readWebSocket(value)
        default: break
        }
    }

    private static let tlsKeys: Set<String> = [
        "cert_file", "key_file", "ca_file", "insecure", "verify", "verify_and_map",
        "verify_cert_and_check_known_urls",
        "cipher_suites", "curve_preferences", "timeout", "connection_rate_limit", "pinned_certs",
        "handshake_first", "first",
        "immediate", "min_version", "cert_store", "cert_match_by", "cert_match", "cert_match_skip_invalid",
        "ca_certs_match",
        "certs", "ocsp_peer", "allow_insecure_cipher_suites",
    ]

    private mutating func readTLS(_ value: ConfigurationValue) throws(ConfigurationError) -> BrokerTLS? {
        let map = try value.map()
        try map.expectOnly(ConfigurationReader.tlsKeys, variablesAllowed: true)
        var tls = BrokerTLS()
        var certificateFile: String?
        var keyFile: String?
        for field in map.fields {
            let value = field.value
            switch field.key.lowercased() {
            case "cert_file": certificateFile = try value.string()
            case "key_file": keyFile = try value.string()
            case "ca_file": tls.authorityFile = try value.string()
            case "verify": tls.verifiesClients = try value.bool()
            case "verify_and_map":
                tls.mapsCertificates = try value.bool()
                if tls.mapsCertificates { tls.verifiesClients = true }
            case "cipher_suites": tls.cipherSuites = try nonEmpty(value)
            case "allow_insecure_cipher_suites": tls.allowsWeakCipherSuites = try value.bool()
            case "curve_preferences": tls.curves = try nonEmpty(value)
            case "timeout": tls.timeout = try value.positiveDuration()
            case "connection_rate_limit":
                let limit = Int(clamping: try value.integer())
                tls.maximumHandshakesPerSecond = limit > 0 ? limit : nil
            case "pinned_certs": tls.pinnedCertificates = try pinnedCertificates(value)
            case "handshake_first", "first", "immediate": tls.handshakeFirst = try handshakeFirst(value)
            case "min_version": tls.minimumVersion = try version(value)
            case "certs": tls.certificates = try certificates(value)
            case "insecure":
                if try value.bool() { warn("\"insecure\" has no effect on clients", at: field.position) }
            default:
                throw ConfigurationError("\"\(field.key)\" is not supported", at: field.position)
            }
        }
        if let first = map.fields.first(where: { ["cert_file", "key_file"].contains($0.key.lowercased()) }) {
            guard let certificateFile, let keyFile else {
                let missing = certificateFile == nil ? "cert_file" : "key_file"
                throw ConfigurationError("missing '\(missing)' in TLS configuration", at: first.position)
            }
            tls.certificates.insert(.init(certificateFile: certificateFile, keyFile: keyFile), at: 0)
        }
        guard !tls.certificates.isEmpty || map.fields.isEmpty else {
            throw ConfigurationError(
                "the \"tls\" block needs 'cert_file' and 'key_file', or 'certs'",
                at: value.position
            )
        }
        return tls.certificates.isEmpty ? nil : tls
    }

    private func nonEmpty(_ value: ConfigurationValue) throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for element in try value.array() { texts.append(try element.string()) }
        guard !texts.isEmpty else { throw value.expected("at least one name") }
        return texts
    }

    private func certificates(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> [BrokerTLS.Certificate] {
        var certificates: [BrokerTLS.Certificate] = []
        for element in try value.array() {
            let map = try element.map()
            try map.expectOnly(["cert_file", "key_file"])
            guard let certificate = try map["cert_file"]?.value.string(),
                let key = try map["key_file"]?.value.string()
            else { throw element.expected("'cert_file' and 'key_file'") }
            certificates.append(.init(certificateFile: certificate, keyFile: key))
        }
        return certificates
    }

    private func pinnedCertificates(_ value: ConfigurationValue) throws(ConfigurationError) -> Set<String> {
        var pins: Set<String> = []
        for element in try value.array() {
            let pin = try element.string().lowercased()
            guard pin.utf8.count == 64, pin.allSatisfy(\.isHexDigit) else {
                throw element.expected("64 hexadecimal digits, the SHA-256 of a public key")
            }
            pins.insert(pin)
        }
        return pins
    }

    private func handshakeFirst(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerTLS.HandshakeFirst {
        if case .bool(let flag) = value.content { return flag ? .always : .never }
        switch try value.string().lowercased() {
        case "auto", "auto_fallback": return .within(.milliseconds(50))
        case "true", "on", "yes": return .always
        case "false", "off", "no": return .never
        default: return .within(try value.positiveDuration())
        }
    }

    private func version(_ value: ConfigurationValue) throws(ConfigurationError) -> BrokerTLS.Version {
        let text: String
        switch value.content {
        case .string(let string, _): text = string
        case .float(let number): text = "\(number)"
        default: throw value.expected("\"1.2\" or \"1.3\"")
        }
        guard let version = BrokerTLS.Version(rawValue: text) else {
            throw value.expected("\"1.2\" or \"1.3\"")
        }
        return version
    }
}
