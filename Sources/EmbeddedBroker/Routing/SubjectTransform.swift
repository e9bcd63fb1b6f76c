/// Rewrites subjects that match one pattern into subjects made of another: `orders.*.*` into `by.$2.$1`.
///
/// The destination may hold `$n` or `{{wildcard(n)}}` for the n-th `*` of the source, the functions of nats-server's
/// subject mapping (`partition`, `split`, `splitFromLeft`, `splitFromRight`, `sliceFromLeft`, `sliceFromRight`, `left`,
/// `right`), and `>` at the end where the source has it.
struct SubjectTransform: Hashable, Sendable {
    /// Why two patterns are no transform.
    struct Problem: Error, Hashable, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// One token of the destination.
    enum Part: Hashable, Sendable {
        case literal([UInt8])
        /// The token of the subject at a place.
        case token(Int)
        /// Which of some partitions the tokens at some places fall into.
        case partition(count: Int, tokens: [Int])
        /// Something made of the token at a place.
        case cut(TokenCut, Int)
        /// Everything from a place on.
        case rest(from: Int)
    }

    let source: [[UInt8]]
    let parts: [Part]

    /// - Parameter usesEveryWildcard: what imports ask for: each wildcard of the source has its place in the destination,
    ///   where a `*` is the next one, and there are no functions.
    init(from source: String, to destination: String, usesEveryWildcard: Bool = false) throws(Problem) {
        guard source.isSubjectPattern else { throw Problem("invalid subject \"\(source)\"") }
        let sourceTokens = source.split { $0 == "." }.map { Array($0.utf8) }
        self.source = sourceTokens
        let wildcards = sourceTokens.indices.filter { sourceTokens[$0] == Array("*".utf8) }
        let hasRest = sourceTokens.last == Array(">".utf8)
        var used: Set<Int> = []
        var parts: [Part] = []
        var nextWildcard = 1
        let tokens = SubjectTransform.tokens(of: destination)
        for (index, token) in tokens.enumerated() {
            guard !token.isEmpty else { throw Problem("invalid mapping destination \"\(destination)\"") }
            if token == ">" {
                guard index == tokens.count - 1, hasRest else {
                    throw Problem("invalid mapping destination: \">\" stands at the end of both or of none")
                }
                parts.append(.rest(from: sourceTokens.count - 1))
                continue
            }
            var text = token
            if token == "*" {
                guard usesEveryWildcard else {
                    throw Problem("invalid mapping destination: wildcards are written as $1, $2 …")
                }
                text = "$\(nextWildcard)"
                nextWildcard += 1
            }
            let part = try TransformFunction(text).part(wildcards: wildcards)
            if usesEveryWildcard {
                switch part {
                case .literal: break
                case .token(let place): used.insert(place)
                default: throw Problem("invalid mapping destination: \(token) is not for imports")
                }
            }
            parts.append(part)
        }
        let endsWithRest = if case .rest = parts.last { true } else { false }
        guard endsWithRest == hasRest else {
            throw Problem("invalid mapping destination: \">\" stands at the end of both or of none")
        }
        if usesEveryWildcard, used.count < wildcards.count {
            throw Problem("invalid mapping destination: not using all the token wildcard(s)")
        }
        self.parts = parts
    }

    /// The subject rewritten; nil when it does not match the source.
    func applied(to subject: borrowing Span<UInt8>) -> [UInt8]? {
        var tokens: [Range<Int>] = []
        var start = 0
        while start <= subject.count {
            let end = SubjectRules.endOfToken(subject, from: start)
            guard end > start else { return nil }
            tokens.append(start..<end)
            start = end + 1
        }
        guard matches(subject, tokens) else { return nil }
        var result: [UInt8] = []
        for part in parts {
            if !result.isEmpty { result.append(UInt8(ascii: ".")) }
            append(part, subject, tokens, to: &result)
        }
        return result
    }

    /// A destination with `*` for each `$n`, as a pattern of what it may become.
    static func withWildcards(_ destination: String) -> String {
        tokens(of: destination).map { token in
            token.hasPrefix("$") && token.dropFirst().allSatisfy(\.isNumber) && token.count > 1
                || token.hasPrefix("{{") ? "*" : token
        }.joined(separator: ".")
    }

    /// Tokens, where a dot within `{{…}}` separates nothing.
    private static func tokens(of destination: String) -> [String] {
        var tokens = [""]
        var depth = 0
        for character in destination {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == ".", depth <= 0 {
                tokens.append("")
            } else {
                tokens[tokens.count - 1].append(character)
            }
        }
        return tokens
    }

    private func matches(_ subject: borrowing Span<UInt8>, _ tokens: [Range<Int>]) -> Bool {
        for (index, token) in source.enumerated() {
            guard index < tokens.count else { return false }
            if token.count == 1 {
                if token[0] == UInt8(ascii: ">") { return true }
                if token[0] == UInt8(ascii: "*") { continue }
            }
            guard subject.extracting(tokens[index]).holds(token) else { return false }
        }
        return tokens.count == source.count
    }

    private func append(
        _ part: Part,
        _ subject: borrowing Span<UInt8>,
        _ tokens: [Range<Int>],
        to result: inout [UInt8]
    ) {
        switch part {
        case .literal(let bytes): result += bytes
        case .token(let index): result += subject.extracting(tokens[index]).copied
        case .rest(let index): result += subject.extracting(tokens[index].lowerBound..<subject.count).copied
        case .cut(let cut, let index): result += cut.applied(to: subject.extracting(tokens[index]).copied)
        case .partition(let count, let places):
            var hash: UInt32 = 2_166_136_261
            for place in places {
                for byte in subject.extracting(tokens[place]).copied {
                    hash = (hash ^ UInt32(byte)) &* 16_777_619
                }
            }
            result += Array(String(Int(hash) % count).utf8)
        }
    }
}
