import NIOSSL

/// Reads certificates and keys from PEM files. Blocks: for the start of the program and for reloads.
enum TLSFiles {
    /// Certificates and keys are a few kilobytes; a system's bundle of authorities is some hundred.
    private static let maximumSize = 4 << 20

    /// The certificates of a file, the server's own first.
    static func certificates(in path: String, for purpose: String) throws(TLSError) -> [NIOSSLCertificate] {
        let bytes = try contents(of: path, for: purpose)
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw TLSError("\(purpose) \(path): \(reason(error, lookingFor: "certificate", in: bytes))")
        }
        guard !certificates.isEmpty else {
            throw TLSError("\(purpose) \(path): it holds no certificate in PEM")
        }
        return certificates
    }

    /// The private key of a file.
    static func key(in path: String) throws(TLSError) -> NIOSSLPrivateKey {
        let bytes = try contents(of: path, for: "TLS key")
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw TLSError("TLS key \(path): \(reason(error, lookingFor: "private key", in: bytes))")
        }
    }

    private static func contents(of path: String, for purpose: String) throws(TLSError) -> [UInt8] {
        guard !path.isEmpty else { throw TLSError("\(purpose): no file is named") }
        do {
            return Array(try TextFile.read(path, maximumSize: maximumSize).utf8)
        } catch {
            throw TLSError("\(purpose) \(error)")
        }
    }

    private static func reason(_ error: any Error, lookingFor kind: String, in bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.range(of: "ENCRYPTED") != nil {
            return "the \(kind) is encrypted; it must be readable without a password"
        }
        guard text.range(of: "-----BEGIN ") != nil else { return "it holds no \(kind) in PEM" }
        return "it holds no \(kind) that can be read"
    }
}
