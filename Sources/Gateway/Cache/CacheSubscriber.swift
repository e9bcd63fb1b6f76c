import RESProtocol

/// Who wants a resource from the cache: told when it is there, and of every event from then on.
///
/// A class to be subclassed rather than a protocol: there are as many as clients have subscriptions, and this way one
/// takes eight bytes in a resource's list and leaves it in constant time.
class CacheSubscriber {
    /// The resource that lists the subscriber; nil when none does. Kept by the cache.
    fileprivate(set) final var resource: CachedResource?
    /// Where in that list. Kept by the cache.
    fileprivate final var position: Int32 = 0
    /// Which of the two lists: those that wait for content, or those that have it. Kept by the cache.
    fileprivate(set) final var waitsForContent = false

    /// The resource's content is there, in `resource`.
    func resourceLoaded() {}

    /// The resource could not be had; `resource` is nil.
    ///
    /// - Parameter isAnswered: whether a service has said so; false where none has answered.
    func resourceFailed(_ error: RESError, isAnswered: Bool) {}

    /// The content changed, or something else happened to the resource. Behind a deletion `resource` is nil.
    func resourceChanged(_ event: AppliedEvent) {}

    /// Access to the resource has to be asked for anew, when the throttle lets it.
    ///
    /// - Parameter deadline: until when a service that does not answer is asked again, for it is just coming back; 0 for
    ///   not at all.
    func accessChanged(_ throttle: RequestThrottle?, awaitedUntil deadline: UInt64) {}
}

/// A list of subscribers that each know their place in it.
struct SubscriberList {
    private(set) var members: [CacheSubscriber] = []

    var isEmpty: Bool { members.isEmpty }
    var count: Int { members.count }

    mutating func append(_ subscriber: CacheSubscriber, of resource: CachedResource, waiting: Bool) {
        subscriber.resource = resource
        subscriber.waitsForContent = waiting
        subscriber.position = Int32(truncatingIfNeeded: members.count)
        members.append(subscriber)
    }

    /// Takes a member out; the last one takes its place.
    ///
    /// - Complexity: O(1).
    mutating func remove(_ subscriber: CacheSubscriber) {
        let position = Int(subscriber.position)
        precondition(members[position] === subscriber, "a subscriber knows its place")
        let last = members.removeLast()
        if last !== subscriber {
            members[position] = last
            last.position = Int32(truncatingIfNeeded: position)
        }
        subscriber.resource = nil
    }

    /// Takes all members out.
    mutating func removeAll() -> [CacheSubscriber] {
        let all = members
        members = []
        for subscriber in all { subscriber.resource = nil }
        return all
    }
}
