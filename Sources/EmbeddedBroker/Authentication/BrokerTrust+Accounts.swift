import RESProtocol

extension BrokerTrust {
    /// The accounts as their JWTs describe them, by their public keys. What is expired or not signed by a trusted key is
    /// left out.
    ///
    /// - Parameter now: seconds since 1970.
    func describedAccounts(at now: Int64) -> [BrokerAccount] {
        let chain = TrustChain(trustedKeys: trustedKeys)
        let known = accounts.keys.sorted { $0.text < $1.text }.compactMap { key -> AccountClaims? in
            guard pinnedAccounts.isEmpty || pinnedAccounts.contains(key), let text = accounts[key] else {
                return nil
            }
            return try? chain.account(text, key: key, at: now)
        }
        return known.map { claims in
            var account = BrokerAccount(claims)
            account.exports = claims.exports.map { export in
                var result = BrokerExport(export)
                if export.needsActivation {
                    result.accounts = known.filter { activates(export, of: claims, for: $0, at: now) }.map(
                        \.key.text
                    )
                }
                return result
            }
            return account
        }
    }

    /// Whether an account has an activation for an export.
    private func activates(
        _ export: AccountClaims.Export,
        of exporter: AccountClaims,
        for importer: AccountClaims,
        at now: Int64
    ) -> Bool {
        importer.imports.contains { imported in
            guard imported.account == exporter.key, imported.kind == export.kind,
                !imported.activation.isEmpty,
                let jwt = try? JWT(imported.activation), (try? jwt.check(.activation, at: now)) != nil,
                jwt.subject == importer.key,
                jwt.issuer == exporter.key || exporter.signingKeys[jwt.issuer] != nil,
                jwt.claims["kind"]?.string ?? jwt.claims["type"]?.string == imported.kind.rawValue
                    || jwt.claims["kind"] == nil,
                let subject = jwt.claims["subject"]?.string,
                SubjectOverlap.isSubset(SubjectTransform.withWildcards(imported.foreignSubject), of: subject)
            else { return false }
            let isRevoked = [importer.key.text, "*"].contains {
                export.revocations[$0].map { $0 >= jwt.issuedAt } ?? false
            }
            return !isRevoked
        }
    }
}

extension BrokerAccount {
    fileprivate init(_ claims: AccountClaims) {
        self.init(name: claims.key.text)
        displayName = claims.jwt.name.isEmpty ? claims.key.text : claims.jwt.name
        key = claims.key
        limits.connections = claims.maximumConnections < 0 ? nil : Int(clamping: claims.maximumConnections)
        limits.subscriptions =
            claims.limits.subscriptions < 0 ? nil : Int(clamping: claims.limits.subscriptions)
        limits.payload = claims.limits.payload < 0 ? nil : Int(clamping: claims.limits.payload)
        imports = claims.imports.map(BrokerImport.init)
        mappings = claims.mappings.sorted { $0.key < $1.key }.map { source, destinations in
            BrokerMapping(
                source: source,
                destinations: destinations.map { .init(subject: $0.subject, weight: $0.weight) }
            )
        }
    }
}

extension AccountClaims.Import {
    /// How the other account calls it.
    fileprivate var foreignSubject: String {
        kind == .service && localSubject.isEmpty && !to.isEmpty ? to : subject
    }
}

extension BrokerImport {
    fileprivate init(_ imported: AccountClaims.Import) {
        self.init(
            isService: imported.kind == .service,
            account: imported.account.text,
            subject: imported.foreignSubject
        )
        shares = imported.shares
        if !imported.localSubject.isEmpty {
            localSubject = imported.localSubject
        } else if !imported.to.isEmpty {
            localSubject = isService ? imported.subject : "\(imported.to).\(imported.subject)"
        }
    }
}

extension BrokerExport {
    fileprivate init(_ export: AccountClaims.Export) {
        let answers = Answers(rawValue: export.responseType.lowercased()) ?? .singleton
        self.init(kind: export.kind == .stream ? .stream : .service(answers), subject: export.subject)
        if export.responseThreshold > 0 { responseThreshold = .nanoseconds(export.responseThreshold) }
        if export.accountTokenPosition > 0 { accountTokenPosition = export.accountTokenPosition }
    }
}
