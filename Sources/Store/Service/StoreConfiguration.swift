/// What a store serves, and how.
package struct StoreConfiguration: Sendable {
    /// How much a commit waits for.
    package enum Durability: String, CaseIterable, Sendable {
        /// An acknowledged write survives a power cut.
        case full
        /// An acknowledged write survives the end of the process; a power cut may lose the last ones.
        case normal
    }

    /// A SQLite file, or an SQL script whose name ends in `.sql`.
    package var path: String
    /// The service name: the first part of every resource name, before encoding.
    package var name: String
    /// Where a script is loaded to; nil for memory.
    package var databaseFile: String?
    /// Whether writes are refused even where the file could be written.
    package var isReadOnly = false
    package var durability = Durability.full
    package var queries = QueryLimits()
    /// Who may do what.
    package var access = AccessConfiguration()
    /// How users log in; nil for a store without login.
    package var authentication: AuthenticationConfiguration?
    /// How long reading for one request may take, in milliseconds; 0 for as long as it takes.
    package var readTime: UInt64 = 2000
    /// How tables and views are served, by name.
    package var tables: [String: TableOptions] = [:]
    /// How rows refer to other rows, where a table says nothing else.
    package var links = LinkMode.soft
    /// SQL that clients may ask for by name.
    package var namedSQL: [NamedSQL] = []
    /// The path below which who composes the store serves large blobs over HTTP, as `/blobs/`; nil for none.
    package var blobPath: String?
    package var genericResources = GenericResources.automatic
    package var generics = GenericLimits()
    /// Whether a database file is made where there is none.
    package var createsFile = false
    /// Whether a database file is converted to write-ahead logging.
    package var convertsToWAL = false
    /// How long a write waits for another process's lock, in milliseconds. Below the 3 s after which gateways give up.
    package var busyTimeout: UInt64 = 2000
    /// Requests that wait for the database thread; beyond, they are refused at once.
    package var maximumPending = 65_536
    /// Writes that share a transaction at most.
    package var maximumGroup = 1024
    /// Calls in one `batch`.
    package var maximumBatch = 1000
    /// Rows of one transaction that are told apart; beyond, clients are told to ask anew.
    package var maximumChanges = 50_000
    var liveQueries = LiveQueries.Limits()
    var queryEvents = QueryEventLog.Limits()
    var liveRows = LiveRows.Limits()
    var liveViewRows = LiveRows.Limits(rows: 2000)

    /// The first part of every resource name.
    package var serviceName: String { NamePart.encode(name) }

    /// Whether not everybody may do everything, or users can log in.
    package var hasRules: Bool { access.hasRules || authentication != nil }

    package init(path: String, name: String) {
        self.path = path
        self.name = name
    }
}
