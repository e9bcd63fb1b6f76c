/// How long a query that nobody follows is kept.
///
/// Its place in the list of such queries stays where it is while the query is used: when its turn comes, it is listed
/// again until the deadline that the last use has set.
struct IdleQuery {
    /// Until when it is kept.
    var deadline: UInt64 = 0
    var isListed = false
    /// When its turn in the list comes.
    private(set) var listedUntil: UInt64 = 0
    /// What it took when it was listed, about.
    private(set) var bytes = 0

    mutating func list(bytes: Int) {
        isListed = true
        listedUntil = deadline
        self.bytes = bytes
    }
}
