import Logging
import RESProtocol

// Accounts that come and go while the broker runs.
extension BrokerCore {
    /// A configuration with the accounts in its folder; those that it names itself are kept there too, unless a later
    /// JWT is.
    ///
    /// - Throws: why the folder cannot be used.
    func withStoredAccounts(_ configuration: BrokerConfiguration) throws(AccountFiles.Failure)
        -> BrokerConfiguration
    {
        guard let folder = configuration.access.trust?.folder else { return configuration }
        let files = AccountFiles(folder: folder)
        var accounts = try files.load()
        for (key, text) in configuration.access.trust?.accounts ?? [:] {
            if let stored = accounts[key], JWT.isLater(stored, than: text) { continue }
            if accounts[key] != text { try files.save(text, of: key) }
            accounts[key] = text
        }
        var result = configuration
        result.access.trust?.accounts = accounts
        return result
    }

    /// Takes another JWT for an account, and keeps it where there is a folder.
    ///
    /// - Throws: why not, for whoever asked.
    func update(_ text: String, of key: NKey) throws(MonitoringError) {
        var configuration = configuration
        guard let trust = configuration.access.trust else { throw .notFound("there are no operators") }
        do {
            _ = try TrustChain(trustedKeys: trust.trustedKeys)
                .account(text, key: key, at: environment.wallTime().seconds)
        } catch {
            throw .badRequest("\(error)")
        }
        if let folder = trust.folder {
            guard folder.limit == 0 || trust.accounts[key] != nil || trust.accounts.count < folder.limit
            else {
                throw .badRequest("limit of \(folder.limit) accounts reached")
            }
            try attempt { () throws(AccountFiles.Failure) in
                try AccountFiles(folder: folder).save(text, of: key)
            }
        }
        configuration.access.trust?.accounts[key] = text
        apply(configuration)
    }

    /// Forgets accounts, and closes their clients' connections.
    func forget(_ keys: [NKey]) throws(MonitoringError) {
        var configuration = configuration
        guard let folder = configuration.access.trust?.folder else {
            throw .notFound("there is no account folder")
        }
        for key in keys {
            try attempt { () throws(AccountFiles.Failure) in try AccountFiles(folder: folder).delete(key) }
            configuration.access.trust?.accounts[key] = nil
        }
        apply(configuration)
    }

    private func attempt(_ body: () throws(AccountFiles.Failure) -> Void) throws(MonitoringError) {
        do {
            try body()
        } catch {
            environment.logger?.error("\(error)")
            throw .badRequest("\(error)")
        }
    }
}

extension JWT {
    /// Whether one JWT was issued after another; one that cannot be read never was.
    fileprivate static func isLater(_ text: String, than other: String) -> Bool {
        guard let time = (try? JWT(text))?.issuedAt else { return false }
        return time > (try? JWT(other))?.issuedAt ?? .min
    }
}
