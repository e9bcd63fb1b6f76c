/// How the subjects that two patterns stand for lie to each other.
enum SubjectOverlap {
    /// Whether every subject of one pattern is one of the other.
    static func isSubset(_ pattern: some StringProtocol, of other: some StringProtocol) -> Bool {
        isSubset(tokens(pattern), of: tokens(other))
    }

    /// Whether there is a subject of both patterns.
    static func collide(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        let (left, right) = (tokens(left), tokens(right))
        for index in 0..<max(left.count, right.count) {
            guard index < left.count, index < right.count else { return false }
            if left[index] == ">" || right[index] == ">" { return true }
            guard left[index] == "*" || right[index] == "*" || left[index] == right[index] else {
                return false
            }
        }
        return true
    }

    private static func isSubset(_ tokens: [String], of other: [String]) -> Bool {
        for (index, token) in other.enumerated() {
            guard index < tokens.count else { return false }
            if token == ">" { return true }
            guard tokens[index] != ">" else { return false }
            guard token == "*" || (tokens[index] != "*" && tokens[index] == token) else { return false }
        }
        return tokens.count == other.count
    }

    private static func tokens(_ text: some StringProtocol) -> [String] {
        text.split(omittingEmptySubsequences: false) { $0 == "." }.map { String($0) }
    }
}
