/// The subscriptions with wildcards, by the tokens of their patterns.
struct SubjectTrie {
    private let root = TrieNode(token: [], hash: 0)
    private let seed: UInt64
    /// How many subscriptions there are.
    private(set) var count = 0

    init(seed: UInt64) {
        self.seed = seed
    }

    /// Adds a subscription with a valid pattern. O(*tokens*).
    mutating func insert(_ subscription: Subscription) {
        let key = subscription.pattern
        let pattern = key.span
        var node = root
        var start = 0
        while start < pattern.count {
            let end = SubjectRules.endOfToken(pattern, from: start)
            node = node.makeChild(pattern.extracting(start..<end), seed: seed)
            start = end + 1
        }
        node.subscribers.insert(subscription)
        count += 1
    }

    /// Takes a subscription out, and the nodes that only it needed. O(*tokens*).
    mutating func remove(_ subscription: Subscription) {
        let key = subscription.pattern
        let pattern = key.span
        var path = [root]
        var start = 0
        while start < pattern.count {
            let end = SubjectRules.endOfToken(pattern, from: start)
            guard let child = path[path.count - 1].child(pattern.extracting(start..<end), seed: seed)
            else { return }
            path.append(child)
            start = end + 1
        }
        path[path.count - 1].subscribers.remove(subscription)
        count -= 1
        while let node = path.popLast(), let parent = path.last, node.isEmpty { parent.remove(node) }
    }

    /// Adds to a result everyone whose pattern matches a subject; nobody when it has an empty token.
    ///
    /// - Complexity: O(*nodes*) at most; for the usual patterns O(*tokens*).
    func match(_ subject: borrowing Span<UInt8>, into result: inout MatchResult) {
        guard count > 0, SubjectRules.hasNoEmptyToken(subject) else { return }
        match(subject, from: 0, at: root, into: &result)
    }

    /// Calls for every subscription, in no order.
    func forEach(_ body: (Subscription) -> Void) { root.forEach(body) }

    private func match(
        _ subject: borrowing Span<UInt8>,
        from start: Int,
        at node: TrieNode,
        into result: inout MatchResult
    ) {
        guard start < subject.count else {
            if !node.subscribers.isEmpty { result.add(node.subscribers) }
            return
        }
        if let rest = node.rest { result.add(rest.subscribers) }
        let end = SubjectRules.endOfToken(subject, from: start)
        if let any = node.anyToken { match(subject, from: end + 1, at: any, into: &result) }
        if !node.children.isEmpty {
            let token = subject.extracting(start..<end)
            if let child = node.children.element(named: token, hash: token.hash(seed: seed)) {
                match(subject, from: end + 1, at: child, into: &result)
            }
        }
    }
}

/// One token of some patterns, and what follows it.
private final class TrieNode: ByteKeyed {
    let key: [UInt8]
    let keyHash: UInt64
    /// The literal tokens that follow.
    var children = ByteTable<TrieNode>()
    /// What follows as `*`.
    var anyToken: TrieNode?
    /// What follows as `>`.
    var rest: TrieNode?
    /// The subscriptions whose pattern ends here.
    var subscribers = SubscriberSet()

    init(token: [UInt8], hash: UInt64) {
        key = token
        keyHash = hash
    }

    var isEmpty: Bool { subscribers.isEmpty && children.isEmpty && anyToken == nil && rest == nil }

    func child(_ token: borrowing Span<UInt8>, seed: UInt64) -> TrieNode? {
        if token.count == 1, token[0] == UInt8(ascii: "*") { return anyToken }
        if token.count == 1, token[0] == UInt8(ascii: ">") { return rest }
        return children.element(named: token, hash: token.hash(seed: seed))
    }

    func makeChild(_ token: borrowing Span<UInt8>, seed: UInt64) -> TrieNode {
        if let child = child(token, seed: seed) { return child }
        let hash = token.hash(seed: seed)
        let node = TrieNode(token: token.indices.map { token[$0] }, hash: hash)
        if token.count == 1, token[0] == UInt8(ascii: "*") {
            anyToken = node
        } else if token.count == 1, token[0] == UInt8(ascii: ">") {
            rest = node
        } else {
            children.insert(node)
        }
        return node
    }

    func forEach(_ body: (Subscription) -> Void) {
        subscribers.forEach(body)
        anyToken?.forEach(body)
        rest?.forEach(body)
        for child in children.elements { child.forEach(body) }
    }

    func remove(_ child: TrieNode) {
        if child === anyToken {
            anyToken = nil
        } else if child === rest {
            rest = nil
        } else {
            children.remove(child)
        }
    }
}
