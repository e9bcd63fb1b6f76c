/// The open connections of one server, each with at most one deadline, counted in ticks.
///
/// Deadlines stand in an array of their own, so that a tick over ten thousand idle connections reads forty
/// kilobytes.
struct ConnectionTable<Connection: AnyObject> {
    /// The time, in ticks since the table was made.
    private(set) var now: UInt32 = 0
    private var connections: [Connection] = []
    private var deadlines: [UInt32] = []

    /// A deadline that never passes.
    private static var never: UInt32 { .max }

    var count: Int { connections.count }
    var isEmpty: Bool { connections.isEmpty }

    /// The connections at this moment.
    var all: [Connection] { connections }

    /// Adds a connection and returns its place.
    mutating func insert(_ connection: Connection) -> Int {
        connections.append(connection)
        deadlines.append(Self.never)
        return connections.count - 1
    }

    /// Takes the connection at a place out and returns the one that stands there now, when another was moved.
    mutating func remove(at place: Int) -> Connection? {
        guard connections.indices.contains(place) else { return nil }
        connections.swapAt(place, connections.count - 1)
        deadlines.swapAt(place, deadlines.count - 1)
        connections.removeLast()
        deadlines.removeLast()
        return place < connections.count ? connections[place] : nil
    }

    /// Sets the one deadline of the connection at a place, in ticks from now; nil for none.
    mutating func setDeadline(_ ticks: UInt32?, at place: Int) {
        guard deadlines.indices.contains(place) else { return }
        deadlines[place] = ticks.map { now &+ $0 } ?? Self.never
    }

    /// Lets one tick pass and returns the connections whose deadline is over; each has none any more.
    mutating func tick() -> [Connection] {
        now &+= 1
        var due: [Connection] = []
        for place in deadlines.indices where deadlines[place] <= now {
            deadlines[place] = Self.never
            due.append(connections[place])
        }
        return due
    }
}
