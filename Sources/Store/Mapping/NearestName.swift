/// Finds the name that somebody most likely meant.
enum NearestName {
    /// Longest name that is compared, in bytes; longer ones are never suggested.
    static let maximumLength = 64

    /// Of the names, the one that differs least; nil when none is near enough to be a slip.
    ///
    /// - Complexity: O(*n* · *m*²) in the number and length of names.
    static func of(_ wanted: String, among names: some Sequence<String>) -> String? {
        let allowed = max(1, wanted.utf8.count / 3)
        var nearest: (name: String, distance: Int)?
        for name in names {
            guard wanted.utf8.count <= maximumLength, name.utf8.count <= maximumLength else { continue }
            let distance = distance(Array(wanted.lowercased().utf8), Array(name.lowercased().utf8))
            if distance <= allowed, distance < nearest?.distance ?? .max { nearest = (name, distance) }
        }
        return nearest?.name
    }

    /// A question to append to a message, with a space before it; empty when nothing is near.
    static func question(_ wanted: String, among names: some Sequence<String>) -> String {
        of(wanted, among: names).map { "; did you mean \($0)?" } ?? ""
    }

    /// How many letters have to be inserted, removed or replaced, or swapped with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var above: [Int] = []
        var previous = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var distance = min(previous[j] + (letter == other ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, letter == right[j - 1], other == left[i - 1] {
                    distance = min(distance, above[j - 1] + 1)
                }
                row.append(distance)
            }
            above = previous
            previous = row
        }
        return previous[right.count]
    }
}
