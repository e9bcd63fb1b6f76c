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
    /// Whether the content could not be had because no service has answered.
    var isUnanswered = false
    /// Until when a service that does not say what access there is from now on is asked again; 0 for not at all.
    var accessAwaitedUntil: UInt64 = 0
    /// What the service said about access; nil when it is to be asked.
    var access: Access?
    /// What this one references, and how often. The client knows of it once this one is `sent`.
    var references = ReferenceList()
    /// The first that waits for the content. Most that are waited for are waited for once, and need no work for that.
    var wait: ReadinessWait?
    var work: Work?
    /// While the state is `loaded`, what the client gets, as of the moment it was loaded; later events wait in
    /// `Work.held`.
    var snapshot: ContentSnapshot?

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

    /// Has a wait go on when the content is there.
    func append(_ wait: ReadinessWait) {
        if self.wait == nil { self.wait = wait } else { currentWork.waits.append(wait) }
    }

    override func resourceLoaded() { session.loaded(self) }
    override func resourceFailed(_ error: RESError, isAnswered: Bool) {
        session.failed(self, error, isAnswered: isAnswered)
    }
    override func resourceChanged(_ event: AppliedEvent) { session.changed(self, event) }
    override func accessChanged(_ throttle: RequestThrottle?, awaitedUntil deadline: UInt64) {
        accessAwaitedUntil = deadline
        session.reaccess(self, throttle)
    }
}
