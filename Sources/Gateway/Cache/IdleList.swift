/// Names that nobody uses, in the order in which they are to be forgotten.
///
/// Linked through the names themselves: a name joins and leaves in constant time and nothing is allocated, however often
/// short requests use it.
struct IdleList {
    private var first: CachedName?
    private var last: CachedName?

    /// When the next name is to be forgotten.
    var nextDeadline: UInt64? { first?.deadline }

    /// Adds a name; times never fall from one call to the next.
    mutating func append(_ name: CachedName, deadline: UInt64) {
        precondition(!name.isIdle, "a name is idle once")
        name.deadline = deadline
        name.isIdle = true
        name.previousIdle = last
        if let last { last.nextIdle = name } else { first = name }
        last = name
    }

    /// Takes a name out, where it is in.
    mutating func remove(_ name: CachedName) {
        guard name.isIdle else { return }
        let next = name.nextIdle
        let previous = name.previousIdle
        if let previous { previous.nextIdle = next } else { first = next }
        if let next { next.previousIdle = previous } else { last = previous }
        name.nextIdle = nil
        name.previousIdle = nil
        name.isIdle = false
    }

    /// Takes out and returns the first name whose time has come.
    mutating func removeFirst(until now: UInt64) -> CachedName? {
        guard let name = first, name.deadline <= now else { return nil }
        remove(name)
        return name
    }
}
