import NIOSSL

/// What went wrong with a client's TLS handshake, in words for who started the client.
enum TLSRefusal {
    /// The sentence for an error that the TLS handler of a client's connection has reported.
    static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        if text.range(of: "CERTIFICATE_VERIFY_FAILED") != nil {
            return "its certificate does not come from an authority that is trusted here"
        }
        if text.range(of: "failedToValidateHostname") != nil
            || text.range(of: "unableToValidateCertificate") != nil
        {
            return "its certificate is for another host"
        }
        if text.range(of: "CERTIFICATE_REQUIRED") != nil || text.range(of: "BAD_CERTIFICATE") != nil {
            return "it wants a certificate of the client that it trusts"
        }
        if text.range(of: "UNKNOWN_CA") != nil { return "it does not trust the client's certificate" }
        if text.range(of: "WRONG_VERSION_NUMBER") != nil { return "it does not speak TLS at this point" }
        if text.range(of: "PROTOCOL_VERSION") != nil || text.range(of: "UNSUPPORTED_PROTOCOL") != nil {
            return "there is no version of TLS that both sides speak"
        }
        if text.range(of: "eofDuringHandshake") != nil || text.range(of: "EOF during handshake") != nil {
            return "it closed the connection during the TLS handshake"
        }
        return text
    }
}
