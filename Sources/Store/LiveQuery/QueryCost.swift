/// What a live query has cost so far.
struct QueryCost: Hashable {
    /// How often SQLite was asked.
    var reads = 0
    /// Instructions of SQLite's virtual machine for that; some 30 nanoseconds each.
    var steps = 0
    /// Those of the last time.
    private(set) var lastSteps = 0
    /// Rows that were looked at without the help of an index.
    var scanned = 0
    /// How often it was other than before, and events were sent.
    var changes = 0

    /// Adds one read.
    mutating func add(_ read: ReadCost) {
        reads += 1
        steps &+= read.steps
        lastSteps = read.steps
        scanned &+= read.scanned
    }
}

/// What SQLite counted for one run of a statement.
struct ReadCost: Hashable, Sendable {
    var steps = 0
    /// Rows visited by a scan of a whole table.
    var scanned = 0
}
