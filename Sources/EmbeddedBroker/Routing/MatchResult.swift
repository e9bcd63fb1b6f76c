/// Who gets a message on one subject.
struct MatchResult {
    /// Every one of these.
    private(set) var plain: ContiguousArray<Subscription> = []
    /// One member of each of these; a group's members may ask by different patterns.
    private(set) var groups: ContiguousArray<QueueGroup> = []

    /// Whether nobody subscribes.
    var isEmpty: Bool { plain.isEmpty && groups.isEmpty }

    /// Adds the subscriptions to one more pattern that matches.
    mutating func add(_ set: SubscriberSet) {
        if plain.isEmpty {
            plain = set.plain
        } else {
            plain.append(contentsOf: set.plain)
        }
        for group in set.groups {
            if let index = groups.firstIndex(where: { $0.name == group.name }) {
                groups[index].members.append(contentsOf: group.members)
            } else {
                groups.append(group)
            }
        }
    }
}
