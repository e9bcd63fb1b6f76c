extension String {
    /// The candidate that a misspelt word most likely stands for, or nil when none is near.
    ///
    /// Near is an edit distance of a third of the word's length, at least 1; upper and lower case count as equal.
    /// - Complexity: O(*n* · *m*) for each candidate; words of more than 64 characters have no near match.
    package func nearestMatch(among candidates: some Sequence<String>) -> String? {
        guard count <= 64 else { return nil }
        let limit = Swift.max(1, count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where abs(candidate.count - count) <= limit {
            let distance = editDistance(to: candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// How many insertions, deletions, substitutions and swaps of neighbours turn one word into the other.
    private func editDistance(to other: String) -> Int {
        let left = Array(lowercased())
        let right = Array(other.lowercased())
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for (row, leftCharacter) in left.enumerated() {
            var current = [row + 1]
            for (column, rightCharacter) in right.enumerated() {
                var distance = Swift.min(previous[column + 1], current[column]) + 1
                distance = Swift.min(distance, previous[column] + (leftCharacter == rightCharacter ? 0 : 1))
                if row > 0, column > 0, leftCharacter == right[column - 1], left[row - 1] == rightCharacter {
                    distance = Swift.min(distance, beforePrevious[column - 1] + 1)
                }
                current.append(distance)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
