/// Subjects of another account, and how this account calls them.
struct StreamImport {
    /// The other account. Accounts live as long as their broker.
    unowned let exporter: Account
    /// From the other account's subjects to this one's; nil when they are called the same.
    let transform: SubjectTransform?
    /// The tokens of the pattern as this account writes it.
    private let local: [[UInt8]]
    /// The tokens of the pattern as the other account writes it.
    private let foreign: [[UInt8]]

    /// - Parameters:
    ///   - subject: as the other account calls it.
    ///   - localSubject: as this account calls it.
    init(from exporter: Account, subject: String, localSubject: String) throws(SubjectTransform.Problem) {
        self.exporter = exporter
        let transform = try SubjectTransform(from: subject, to: localSubject, usesEveryWildcard: true)
        self.transform = subject == localSubject ? nil : transform
        foreign = transform.source
        local = transform.parts.map { part in
            switch part {
            case .literal(let bytes): bytes
            case .rest: [UInt8(ascii: ">")]
            default: [UInt8(ascii: "*")]
            }
        }
        parts = transform.parts
    }

    private let parts: [SubjectTransform.Part]

    /// What to subscribe to in the other account for a subscription in this one; nil when they have no subject in common.
    func foreignPattern(for pattern: [UInt8]) -> [UInt8]? {
        let tokens = pattern.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(
            Array.init
        )
        guard let common = StreamImport.intersection(tokens, local) else { return nil }
        var result = foreign
        for (index, part) in parts.enumerated() {
            switch part {
            case .token(let place): result[place] = common[index]
            case .rest(let place): result.replaceSubrange(place..., with: common[index...])
            default: break
            }
        }
        return Array(result.joined(separator: [UInt8(ascii: ".")]))
    }

    /// The pattern of the subjects that two patterns share; nil when there is none.
    private static func intersection(_ left: [[UInt8]], _ right: [[UInt8]]) -> [[UInt8]]? {
        let rest = [UInt8(ascii: ">")]
        let any = [UInt8(ascii: "*")]
        var common: [[UInt8]] = []
        for index in 0..<max(left.count, right.count) {
            guard index < left.count, index < right.count else { return nil }
            if left[index] == rest { return common + right[index...] }
            if right[index] == rest { return common + left[index...] }
            if left[index] == any {
                common.append(right[index])
            } else if right[index] == any || left[index] == right[index] {
                common.append(left[index])
            } else {
                return nil
            }
        }
        return common
    }
}

/// Hands what comes from another account to the subscription that asked for it.
final class StreamReceiver: Receiver {
    private let original: Subscription
    private let transform: SubjectTransform?
    private unowned let router: Router

    /// - Parameter transform: from the other account's subjects to this one's; nil when they are called the same.
    init(for original: Subscription, in account: Account, transform: SubjectTransform?, router: Router) {
        self.original = original
        self.transform = transform
        self.router = router
        super.init(account: account)
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        guard let transform else { return router.deliver(&publication, to: original, from: self) }
        publication.encode()
        guard let subject = transform.applied(to: publication.subjectBytes.span) else { return false }
        var renamed = publication.readdressed(to: subject)
        return router.deliver(&renamed, to: original, from: self)
    }
}
