import Gateway
import NIOCore
import RESProtocol

/// Writing the file that a Resgate is given and that is not there.
extension ResgateConfiguration {
    /// The file's text: an object with every member, a line each, indented by a tab.
    var fileText: String {
        let members: [(name: String, value: JSONSlice)] = [
            ("natsUrl", JSONSlice(string: natsURL)),
            ("natsCreds", JSONSlice(string: natsCredentials)),
            ("natsCert", JSONSlice(string: natsCertificate)),
            ("natsKey", JSONSlice(string: natsKey)),
            ("natsRootCAs", JSONSlice(strings: natsRootCAs)),
            ("requestTimeout", JSONSlice(integer: requestTimeout)),
            ("bufferSize", JSONSlice(integer: bufferSize)),
            ("debug", JSONSlice(flag: debug)),
            ("trace", JSONSlice(flag: trace)),
            ("addr", JSONSlice(string: gateway.addr)),
            ("port", JSONSlice(integer: gateway.port)),
            ("wsPath", JSONSlice(string: gateway.wsPath)),
            ("apiPath", JSONSlice(string: gateway.apiPath)),
            ("metricsPort", JSONSlice(integer: gateway.metricsPort ?? 0)),
            ("apiEncoding", JSONSlice(string: gateway.apiEncoding.rawValue)),
            ("headerAuth", JSONSlice(optional: gateway.headerAuth.map { "\($0)" })),
            ("wsHeaderAuth", JSONSlice(optional: gateway.wsHeaderAuth.map { "\($0)" })),
            ("allowOrigin", JSONSlice(string: gateway.allowOrigin)),
            ("putMethod", JSONSlice(optional: gateway.putMethod)),
            ("deleteMethod", JSONSlice(optional: gateway.deleteMethod)),
            ("patchMethod", JSONSlice(optional: gateway.patchMethod)),
            ("tls", JSONSlice(flag: gateway.tls)),
            ("certFile", JSONSlice(string: gateway.certFile)),
            ("keyFile", JSONSlice(string: gateway.keyFile)),
            ("wsCompression", JSONSlice(flag: gateway.wsCompression)),
            ("resetThrottle", JSONSlice(integer: gateway.resetThrottle ?? 0)),
            ("referenceThrottle", JSONSlice(integer: gateway.referenceThrottle ?? 0)),
        ]
        let lines = members.map { "\t\"\($0.name)\": \($0.value.text)" }
        return "{\n" + lines.joined(separator: ",\n") + "\n}"
    }
}

extension JSONSlice {
    fileprivate init(flag: Bool) {
        self.init(unchecked: ByteBuffer(string: flag ? "true" : "false"))
    }

    fileprivate init(optional text: String?) {
        self = text.map { JSONSlice(string: $0) } ?? .null
    }

    fileprivate init(strings: [String]) {
        let texts = strings.map { JSONSlice(string: $0).text }
        self.init(unchecked: ByteBuffer(string: "[" + texts.joined(separator: ",") + "]"))
    }
}
