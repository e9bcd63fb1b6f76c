import DequeModule
import RESProtocol

/// Collection of what is not needed any more: what no direct subscription leads to, cycles included, is disposed of; and
/// what the client has dropped but will need again is taken to be unsent.
///
/// The client counts as the gateway does: it keeps what its direct subscriptions lead to by references that it knows of.
extension ClientSession {
    /// A reference to a subscription is gone.
    ///
    /// - Parameter isKnown: whether the client knew of the reference.
    func dropReference(to child: Subscription, isKnown: Bool) {
        child.indirect -= 1
        if isKnown { child.indirectSent -= 1 }
        orphans.append(child)
    }

    /// Disposes of a subscription and what only it leads to, where nothing leads to it.
    ///
    /// - Complexity: O(1) for one that references nothing, else O(*n*) in what it leads to.
    func collect(_ candidate: Subscription) {
        guard candidate.state != .disposed, candidate.directSent == 0 else { return }
        if !candidate.isPinned, candidate.indirect == 0 {
            dispose(candidate)
        } else if !candidate.hasReferences {
            if candidate.isKnown, candidate.indirectSent == 0 { unsend(candidate) }
        } else {
            var trial = CollectionTrial(candidate)
            let (unneeded, dropped) = trial.run()
            for subscription in unneeded { dispose(subscription) }
            for subscription in dropped { unsend(subscription) }
        }
    }

    private func dispose(_ subscription: Subscription) {
        guard subscription.state != .disposed else { return }
        let isKnown = subscription.isKnown
        subscription.state = .disposed
        subscription.snapshot = nil
        if subscriptions[subscription.rid] === subscription { subscriptions[subscription.rid] = nil }
        context.cache.detach(subscription)
        let references = subscription.references.all
        subscription.references = ReferenceList()
        for reference in references { dropReference(to: reference.target, isKnown: isKnown) }
        dropPendingEvent(of: subscription)
        stepWaits(of: subscription)
        // An access request under way still answers those who asked; nothing else is of use.
        subscription.work = nil
    }

    /// The client has dropped a resource that it will be sent again, as it is then.
    private func unsend(_ subscription: Subscription) {
        guard subscription.isKnown else { return }
        guard !subscription.isReplacing else { return replaceReferences(of: subscription) }
        guard let snapshot = subscription.resource?.snapshot else {
            dropPendingEvent(of: subscription)
            subscription.work?.held = []
            dropReferences(of: subscription)
            return restart(subscription)
        }
        subscription.state = .loaded
        subscription.holds.insert(.loading)
        dropPendingEvent(of: subscription)
        let old = subscription.references.all
        subscription.references = ReferenceList()
        reference(snapshot.content.references, from: subscription, nil)
        for reference in old { dropReference(to: reference.target, isKnown: true) }
        subscription.work?.held = []
        subscription.snapshot = snapshot
    }

    /// The content that the client had is of no account any more, and with it what that references.
    func replaceReferences(of subscription: Subscription) {
        dropReferences(of: subscription)
        subscription.isReplacing = false
        let children = subscription.work?.pendingReferences ?? []
        subscription.work?.pendingReferences = []
        for child in children where !subscription.references.add(child) { child.indirect -= 1 }
    }

    private func dropReferences(of subscription: Subscription) {
        let references = subscription.references.all
        subscription.references = ReferenceList()
        for reference in references { dropReference(to: reference.target, isKnown: true) }
    }

    private func dropPendingEvent(of subscription: Subscription) {
        guard let work = subscription.work else { return }
        work.pendingEvent?.isCancelled = true
        work.pendingEvent = nil
        let children = work.pendingReferences
        work.pendingReferences = []
        for child in children { dropReference(to: child, isKnown: false) }
    }
}

extension Subscription {
    /// Whether the client has the resource.
    var isKnown: Bool { state == .sent || state == .deleted || isReplacing }

    /// What it references, known to the client or not; some of it may be there twice.
    var children: [Subscription] {
        references.all.map(\.target) + (work?.pendingReferences ?? [])
    }

    /// Whether the connection itself wants the resource.
    var isPinned: Bool { direct > 0 || pins > 0 }

    var hasReferences: Bool {
        !references.isEmpty || work?.pendingReferences.isEmpty == false
    }
}

/// Trial deletion (Bacon and Rajan, 2001): takes away the references within what a candidate leads to, and looks what
/// is still referenced from outside, or by the client itself.
private struct CollectionTrial {
    private struct Node {
        let subscription: Subscription
        var references: Int32
        var knownReferences: Int32
        var isNeeded = false
        var isKept = false
    }

    private var nodes: [Node] = []
    private var positions: [ObjectIdentifier: Int] = [:]

    init(_ candidate: Subscription) {
        var stack = [candidate]
        while let next = stack.popLast() {
            // What the client has subscribed to directly is kept, and so is what it leads to.
            guard next.directSent == 0, positions[ObjectIdentifier(next)] == nil else { continue }
            positions[ObjectIdentifier(next)] = nodes.count
            nodes.append(
                Node(subscription: next, references: next.indirect, knownReferences: next.indirectSent)
            )
            stack.append(contentsOf: next.children)
        }
    }

    /// - Returns: what nothing leads to, and what is needed but the client dropped.
    mutating func run() -> (unneeded: [Subscription], dropped: [Subscription]) {
        takeAwayReferences()
        mark()
        return (
            nodes.filter { !$0.isNeeded }.map(\.subscription),
            nodes.filter { $0.isNeeded && !$0.isKept && $0.subscription.isKnown }.map(\.subscription)
        )
    }

    private mutating func takeAwayReferences() {
        for index in nodes.indices {
            let parent = nodes[index].subscription
            for reference in parent.references.all {
                guard let child = positions[ObjectIdentifier(reference.target)] else { continue }
                nodes[child].references -= 1
                if parent.isKnown { nodes[child].knownReferences -= 1 }
            }
            for target in parent.work?.pendingReferences ?? [] {
                if let child = positions[ObjectIdentifier(target)] { nodes[child].references -= 1 }
            }
        }
    }

    private mutating func mark() {
        var stack = nodes.indices.filter { nodes[$0].references > 0 || nodes[$0].subscription.isPinned }
        while let index = stack.popLast() {
            guard !nodes[index].isNeeded else { continue }
            nodes[index].isNeeded = true
            stack.append(contentsOf: positions(of: nodes[index].subscription.children))
        }
        stack = nodes.indices.filter { nodes[$0].knownReferences > 0 }
        while let index = stack.popLast() {
            guard !nodes[index].isKept, nodes[index].subscription.isKnown else { continue }
            nodes[index].isKept = true
            stack.append(contentsOf: positions(of: nodes[index].subscription.references.all.map(\.target)))
        }
    }

    private func positions(of subscriptions: [Subscription]) -> [Int] {
        subscriptions.compactMap { positions[ObjectIdentifier($0)] }
    }
}
