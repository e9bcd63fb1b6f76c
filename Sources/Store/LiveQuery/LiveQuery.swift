/// One query collection that a gateway may hold, with the elements it was last told.
final class LiveQuery {
    /// The resource name, as `library.books` or `library.authors.7.books`.
    let resource: String
    /// The normalised query.
    let text: String
    /// Where the rows come from.
    let table: Table
    /// What the rows are, with the conditions that the resource name implies.
    let query: CollectionQuery
    /// The group that follows the rows; nil where only SQLite can tell what the query holds.
    let group: QueryGroup?
    /// The number of the last query event before it was first asked for; later events speak of it.
    let since: UInt64
    /// What every gateway that holds the query has, once it has handled the events sent so far.
    var elements: [WindowElement]
    /// When somebody last showed that they hold it.
    fileprivate(set) var confirmedAt: Instant

    init(
        resource: String,
        text: String,
        table: Table,
        query: CollectionQuery,
        group: QueryGroup?,
        since: UInt64,
        elements: [WindowElement],
        now: Instant
    ) {
        self.resource = resource
        self.text = text
        self.table = table
        self.query = query
        self.group = group
        self.since = since
        self.elements = elements
        confirmedAt = now
    }

    /// Notes that somebody holds the query.
    func confirm(at now: Instant) { confirmedAt = max(confirmedAt, now) }
}

/// A point of a monotonic clock, in nanoseconds.
typealias Instant = UInt64

extension Instant {
    /// A number of seconds, in nanoseconds.
    static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
    /// A number of milliseconds, in nanoseconds.
    static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
}
