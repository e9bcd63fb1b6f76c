import RESProtocol

/// One query resource that a gateway may hold, with the content it was last told.
final class LiveQuery {
    /// What is asked for.
    enum Source {
        /// Rows, with the conditions that the resource name implies.
        case rows(Table, CollectionQuery)
        /// How many rows there are.
        case count(Table, CollectionQuery)
        /// One row with references that are sent along.
        case row(Table, RowKey, Expansion)
        /// The rows of named SQL.
        case named(NamedQuery, NamedArguments)
        /// A part of the list of live queries itself.
        case list(LiveListQuery)
    }

    /// The row that a collection belongs to: without it there is no collection either.
    struct Parent {
        let table: Table
        let key: RowKey
    }

    /// What gateways hold.
    enum Content: Hashable {
        case elements([WindowElement])
        case model(JSONSlice)
    }

    /// The resource name, as `library.books` or `library.authors.7.books`.
    let resource: String
    /// The normalised query.
    let text: String
    let source: Source
    /// The row of which it tells what refers to it; nil for what belongs to no row.
    let parent: Parent?
    /// The group that follows the rows; nil where only SQLite can tell what the query holds.
    let group: QueryGroup?
    /// What has to change before the content can.
    let dependencies: QueryDependencies
    /// The number of the last query event before it was last told as a whole, to who first asked or who asked about an
    /// event that is forgotten; later events speak of it.
    var since: UInt64
    /// What every gateway that holds the query has, once it has handled the events sent so far.
    var content: Content
    /// When somebody last showed that they hold it.
    private(set) var confirmedAt: Instant
    /// What it has cost; where a group follows the rows, the group's reads are not part of it.
    var cost = QueryCost()
    /// Gateways that hold it: those that asked in the last probe, and for it since.
    private(set) var holders = 1
    private var asked = 1
    /// Whether it has to be read anew before its content can be told; see `QueryGroups.defer`.
    var isDirty = false
    /// When it may be read anew.
    var readableAt: Instant = 0

    init(
        resource: String,
        text: String,
        source: Source,
        parent: Parent? = nil,
        group: QueryGroup?,
        since: UInt64,
        content: Content,
        now: Instant
    ) {
        self.resource = resource
        self.text = text
        self.source = source
        self.parent = parent
        self.group = group
        self.since = since
        self.content = content
        dependencies = QueryDependencies(source)
        confirmedAt = now
    }

    /// Notes that somebody holds the query.
    ///
    /// - Parameter isNew: whether they have only now asked for it.
    func confirm(at now: Instant, isNew: Bool) {
        confirmedAt = max(confirmedAt, now)
        asked += 1
        if isNew { holders += 1 }
    }

    /// Begins to count who holds the query.
    func probe() { asked = 0 }

    /// Ends the count.
    func endProbe() { holders = asked }

    /// The table whose rows it is about; nil where it is about several or none.
    var table: Table? {
        switch source {
        case .rows(let table, _), .count(let table, _), .row(let table, _, _): table
        case .named, .list: nil
        }
    }

    /// Which rows, and how they are shown; nil where that is not the question.
    var window: CollectionQuery? {
        if case .rows(_, let query) = source { query } else { nil }
    }

    /// The content as gateways get it.
    func resourceContent(_ content: Content) -> ResourceContent {
        switch content {
        case .elements(let elements): .collection(elements.map(value))
        case .model(let model): .model([ModelMember](decoding: model) ?? [])
        }
    }

    /// The events that turn what gateways hold into other content.
    func events(to new: Content) -> [ResourceEvent] {
        switch (content, new) {
        case (.elements(let old), .elements(let new)):
            return WindowDifference.events(from: old, to: new, value: value)
        case (.model(let old), .model(let new)):
            guard let values = ModelDifference.object(from: old.bytes, to: new.bytes),
                let members = [ModelMember](decoding: values)
            else { return [] }
            return [.change(members)]
        case (.elements, .model), (.model, .elements): return []
        }
    }

    private func value(_ element: WindowElement) -> ResourceValue {
        switch (source, element) {
        case (.rows(let table, let query), _): element.value(in: table, expanding: query.expand)
        case (_, .data(let object)): .data(object)
        case (_, .row): .primitive(.null)
        }
    }
}

/// A point of a monotonic clock, in nanoseconds.
typealias Instant = UInt64

extension Instant {
    /// A number of seconds, in nanoseconds.
    static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
    /// A number of milliseconds, in nanoseconds.
    static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
}
