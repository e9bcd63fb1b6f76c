import ArgumentParser
import RESProtocol

/// Who a role is to the NATS server that `--nats` names. User and password may stand in the URL as well.
struct NATSClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Credentials file: a user JWT and its key.", valueName: "file"))
    var creds: String?

    @Option(help: ArgumentHelp("File with the seed of a user key (SU…).", valueName: "file"))
    var nkey: String?

    @Option(help: ArgumentHelp("User name.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("Password of that user.", valueName: "password"))
    var password: String?

    @Option(help: ArgumentHelp("Token, where the server wants one.", valueName: "token"))
    var token: String?

    @Option(help: ArgumentHelp("Client certificate for NATS over TLS, a PEM file.", valueName: "file"))
    var natscert: String?

    @Option(help: ArgumentHelp("Private key of that certificate, a PEM file.", valueName: "file"))
    var natskey: String?

    @Option(
        help: ArgumentHelp(
            "Root certificate for NATS over TLS, a PEM file; may be repeated.",
            valueName: "file"
        )
    )
    var natsrootca: [String] = []

    @Flag(help: "Begin TLS before the NATS server says anything (its handshake_first).")
    var natstlsfirst = false

    func validate() throws {
        let given = [("--creds", creds), ("--nkey", nkey), ("--user", user), ("--token", token)]
            .filter { $0.1 != nil }.map(\.0)
        guard given.count <= 1 else {
            throw ValidationError("\(given.joined(separator: " and ")) exclude each other: name one of them.")
        }
        guard (user == nil) == (password == nil) else {
            throw ValidationError("--user and --password go together.")
        }
        guard (natscert == nil) == (natskey == nil) else {
            throw ValidationError("--natscert and --natskey go together.")
        }
    }

    /// Adds to the options of a connection who the client is. Files are looked at, so that a mistake is told at once.
    func apply(to options: inout NATSOptions) throws(StartFailure) {
        options.startsWithTLS = natstlsfirst
        try options.secure(certificate: natscert ?? "", key: natskey ?? "", authorities: natsrootca)
        do throws(NATSError) {
            if let creds {
                _ = try NATSCredentials(path: creds)
                options.authentication = .credentialsFile(path: creds)
            } else if let nkey {
                options.authentication = .nkey(try NKeySeed(path: nkey))
            } else if let user, let password {
                options.authentication = .user(user, password: password)
            } else if let token {
                options.authentication = .token(token)
            }
        } catch {
            throw StartFailure(error.message)
        }
    }
}

extension NATSOptions {
    /// Asks for TLS with these PEM files, where any is named; empty texts are none. The files are read, so that a mistake
    /// is told at once.
    mutating func secure(
        certificate: String,
        key: String,
        authorities: [String]
    ) throws(StartFailure) {
        let authorities = authorities.filter { !$0.isEmpty }
        guard !certificate.isEmpty || !key.isEmpty || !authorities.isEmpty else { return }
        requiresTLS = true
        tls.authorityFiles = authorities
        if !certificate.isEmpty || !key.isEmpty {
            tls.certificates = [TLSSettings.Certificate(certificateFile: certificate, keyFile: key)]
        }
        do {
            _ = try TLSContexts.client(tls)
        } catch {
            throw StartFailure(error.message)
        }
    }
}
