import RESProtocol

/// Recovery: a referenced resource that no service has answered for is an error to the client. Once the service is back the
/// client gets the resource, by events that take the reference away and give it again.
///
/// The protocol has nothing else to tell a client by that an error is over; without this it would last as long as the
/// client keeps what holds the reference.
extension ClientSession {
    /// The services of these resources are back: asks for those that the client has as errors.
    ///
    /// - Complexity: O(*n*) in the client's resources where there may be such, else O(1).
    func askAgain(_ belong: (_ name: String) -> Bool) {
        guard mayLackAnswers, !isClosed else { return }
        let missing = subscriptions.values.filter { $0.state == .failed && $0.isUnanswered }
        mayLackAnswers = !missing.isEmpty
        for subscription in missing.sorted(by: { $0.rid < $1.rid }) where belong(subscription.id.name) {
            RecoveryProbe(session: self, rid: subscription.rid).begin(subscription.id)
        }
    }

    /// How often something else is let come to an end first, a second apart.
    private static let patience = 30

    /// A resource is there that the client has as an error.
    fileprivate func recover(_ rid: String, attempts: Int = patience) {
        guard !isClosed, let failed = subscriptions[rid], failed.state == .failed else { return }
        let parents = subscriptions.values.filter { $0.state == .sent && $0.references.contains(failed) }
            .sorted { $0.rid < $1.rid }
        guard !failed.isPinned, failed.indirect == parents.count, parents.allSatisfy(\.holds.isEmpty) else {
            // Something is under way that leads to it.
            if attempts > 0 { context.cache.retry { [self] in recover(rid, attempts: attempts - 1) } }
            return
        }
        let uses = parents.map {
            (parent: $0, events: $0.resource?.snapshot?.content.events(relinking: rid) ?? [])
        }
        for use in uses {
            for event in use.events { changed(use.parent, event.removal) }
        }
        settle()
        for use in uses {
            for event in use.events.reversed() { changed(use.parent, event.addition) }
        }
        settle()
    }
}

/// Fetches a resource to see whether its service is back.
private final class RecoveryProbe: CacheSubscriber {
    private let session: ClientSession
    private let rid: String

    init(session: ClientSession, rid: String) {
        self.session = session
        self.rid = rid
    }

    func begin(_ id: ResourceID) {
        if session.context.cache.attach(self, to: id) { resourceLoaded() }
    }

    override func resourceLoaded() {
        session.recover(rid)
        session.context.cache.detach(self)
    }
}

extension CachedContent {
    /// The events that take away each reference to a resource, from the end on, and those that give it again.
    fileprivate func events(relinking rid: String) -> [(removal: AppliedEvent, addition: AppliedEvent)] {
        let id = references.first { $0.text == rid }
        guard let id else { return [] }
        let reference = ResourceValue.reference(id)
        let removed = ReferenceChange(removed: [id])
        let added = ReferenceChange(added: [id])
        switch kind {
        case .model:
            return ([ModelMember](decoding: slice) ?? []).reversed().filter { $0.value == reference }.map {
                member in
                (
                    AppliedEvent(.change([ModelMember(member.name, .delete)]), references: removed),
                    AppliedEvent(.change([member]), references: added)
                )
            }
        case .collection:
            return values.enumerated().reversed().filter { $0.element == reference }.map { index, value in
                (
                    AppliedEvent(.remove(index: index), references: removed),
                    AppliedEvent(.add(value, index: index), references: added)
                )
            }
        }
    }
}
