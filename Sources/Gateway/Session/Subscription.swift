import DequeModule
import RESProtocol

/// One resource that a client has or is about to get: directly, or because another one references it
/// (RES client protocol, "Subscriptions").
///
/// What is needed only while something is under way is kept apart, in `Work`: most subscriptions have none.
final class Subscription: CacheSubscriber {
    enum State: UInt8 {
        /// The content is not there yet.
        case loading
        /// The content is there, and the client does not have it.
        case loaded
        /// The content could not be had.
        case failed
        /// The client has the content, and gets the events.
        case sent
        /// The service deleted the resource; the client was told and gets no more.
        case deleted
        /// Nobody wants it any more.
        case disposed
    }

    /// Why events are held back.
    struct Holds: OptionSet {
        let rawValue: UInt8
        /// The content, or what an event brings along, is not with the client yet.
        static let loading = Holds(rawValue: 1)
        /// Access is being asked for anew.
        static let reaccess = Holds(rawValue: 2)
    }

    unowned let session: ClientSession
    /// The id as the client knows it, with `{cid}` unreplaced.
    let rid: String
    var state = State.loading
    var holds: Holds = .loading
    /// Whether access is to be asked for anew when no event is held back any more.
    var needsReaccess = false
    /// Direct subscriptions, and how many of them the client has been told of.
    var direct: UInt16 = 0
    var directSent: UInt16 = 0
    /// Requests under way that need the subscription but leave none behind.
    var pins: UInt16 = 0
    /// Subscriptions that reference this one, and how many of them the client knows to do so.
    var indirect: Int32 = 0
    var indirectSent: Int32 = 0
    /// The last walk over the graph that came by.
    var mark: UInt32 = 0
    /// Whether the client has an older content, of a resource that was deleted, until this one is sent.
    var isReplacing = false
    /// What the service said about access; nil when it is to be asked.
    var access: Access?
    /// What this one references, and how often. The client knows of it once this one is `sent`.
    var references: [ObjectIdentifier: Reference] = [:]
    var work: Work?
    /// While the state is `loaded`, what the client gets, as of the moment it was loaded; later events wait in
    /// `Work.held`.
    var snapshot: ContentSnapshot?

    struct Reference {
        let target: Subscription
        var count: Int
    }

    init(session: ClientSession, rid: String) {
        self.session = session
        self.rid = rid
    }

    /// The work, which is begun where there is none.
    var currentWork: Work {
        if let work { return work }
        let begun = Work()
        work = begun
        return begun
    }

    /// The id that services know the resource by.
    var id: ResourceID { session.resourceID(rid) }

    /// Counts one more reference to another resource.
    ///
    /// - Returns: whether it is the first.
    func addReference(to child: Subscription) -> Bool {
        let key = ObjectIdentifier(child)
        references[key, default: Reference(target: child, count: 0)].count += 1
        return references[key]?.count == 1
    }

    /// Counts one reference less.
    ///
    /// - Returns: whether it was the last.
    func removeReference(to child: Subscription) -> Bool {
        let key = ObjectIdentifier(child)
        guard let count = references[key]?.count else { return false }
        if count == 1 { references[key] = nil } else { references[key]?.count = count - 1 }
        return count == 1
    }

    override func resourceLoaded() { session.loaded(self) }
    override func resourceFailed(_ error: RESError) { session.failed(self, error) }
    override func resourceChanged(_ event: AppliedEvent) { session.changed(self, event) }
    override func accessChanged(_ throttle: RequestThrottle?) { session.reaccess(self, throttle) }
}

/// What is under way at a subscription.
final class Work {
    /// Why the content could not be had.
    var error: RESError?
    /// Those that wait for the content.
    var waits: [ReadinessWait] = []
    /// Events that wait.
    var held: Deque<AppliedEvent> = []
    /// The access request under way whose answer counts.
    var accessRequest: AccessRequest?
    /// What an event that is about to be sent references, once for each time. The client does not know of it yet.
    var pendingReferences: [Subscription] = []
    /// Waits until what that event brings along is there.
    var pendingEvent: ReadinessWait?
    /// Paces the get requests for what the subscription leads to, where that is configured.
    var throttle: RequestThrottle?

    /// Whether nothing is under way any more.
    var isDone: Bool {
        error == nil && waits.isEmpty && held.isEmpty && accessRequest == nil
            && pendingReferences.isEmpty && pendingEvent == nil
    }
}

/// An access request under way, and who waits for its answer.
final class AccessRequest {
    var waiters: [(Access) -> Void] = []
}

/// Waits until subscriptions and all that they reference are there.
final class ReadinessWait {
    let roots: [Subscription]
    /// Whose events go on when the wait is over.
    let parent: Subscription?
    /// What has been waited for, so that cycles end.
    var visited: Set<ObjectIdentifier> = []
    /// Of these, how many are not there yet.
    var pending = 0
    var isCancelled = false
    /// Runs once, with all that the client does not have.
    let completion: (ResourceSet) -> Void

    init(
        _ roots: [Subscription],
        parent: Subscription?,
        _ completion: @escaping (ResourceSet) -> Void
    ) {
        self.roots = roots
        self.parent = parent
        self.completion = completion
    }
}
