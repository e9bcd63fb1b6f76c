/// A token of a mapping's destination as it is written: a literal, `$n`, or a function in double braces.
struct TransformFunction {
    private let text: String

    init(_ text: String) { self.text = text }

    /// What it means, given the places of the source's wildcards.
    func part(wildcards: [Int]) throws(SubjectTransform.Problem) -> SubjectTransform.Part {
        if text.hasPrefix("$"), let number = Int(text.dropFirst()) {
            return .token(try place(number, wildcards))
        }
        guard text.hasPrefix("{{"), text.hasSuffix("}}") else { return .literal(Array(text.utf8)) }
        let inner = text.dropFirst(2).dropLast(2).filter { $0 != " " }
        guard let open = inner.firstIndex(of: "("), inner.hasSuffix(")") else { throw unknown }
        let name = inner[..<open].lowercased()
        let arguments = inner[inner.index(after: open)...].dropLast().split(
            separator: ",",
            omittingEmptySubsequences: false
        )
        if name == "split", arguments.count == 2, let number = Int(arguments[0]) {
            guard !arguments[1].isEmpty, !arguments[1].contains(".") else { throw wrongArguments }
            return .cut(.split(Array(arguments[1].utf8)), try place(number, wildcards))
        }
        let numbers = arguments.compactMap { Int($0) }
        guard numbers.count == arguments.count, numbers.allSatisfy({ 0...Int(Int32.max) ~= $0 }) else {
            throw wrongArguments
        }
        return try part(name, numbers, wildcards)
    }

    private func part(
        _ name: String,
        _ numbers: [Int],
        _ wildcards: [Int]
    ) throws(SubjectTransform.Problem) -> SubjectTransform.Part {
        switch name {
        case "wildcard":
            guard numbers.count == 1 else { throw wrongArguments }
            return .token(try place(numbers[0], wildcards))
        case "partition":
            guard let count = numbers.first, count > 0 else { throw wrongArguments }
            var places: [Int] = []
            for number in numbers.dropFirst() { places.append(try place(number, wildcards)) }
            return .partition(count: count, tokens: places.isEmpty ? wildcards : places)
        default: break
        }
        let cut: (Int) -> TokenCut
        switch name {
        case "splitfromleft": cut = TokenCut.splitFromLeft
        case "splitfromright": cut = TokenCut.splitFromRight
        case "slicefromleft": cut = TokenCut.sliceFromLeft
        case "slicefromright": cut = TokenCut.sliceFromRight
        case "left": cut = TokenCut.left
        case "right": cut = TokenCut.right
        default: throw unknown
        }
        guard numbers.count == 2, numbers[1] > 0 else { throw wrongArguments }
        return .cut(cut(numbers[1]), try place(numbers[0], wildcards))
    }

    private func place(_ number: Int, _ wildcards: [Int]) throws(SubjectTransform.Problem) -> Int {
        guard 1...max(1, wildcards.count) ~= number, !wildcards.isEmpty else {
            throw .init("invalid mapping destination: wildcard index out of range in \(text)")
        }
        return wildcards[number - 1]
    }

    private var unknown: SubjectTransform.Problem {
        .init("invalid mapping destination: unknown function in \(text)")
    }

    private var wrongArguments: SubjectTransform.Problem {
        .init("invalid mapping destination: wrong arguments in \(text)")
    }
}

/// What a function of a mapping makes of one token.
enum TokenCut: Hashable, Sendable {
    /// Two tokens, the first of that many bytes; the whole when it has no more.
    case splitFromLeft(Int)
    /// Two tokens, the last of that many bytes.
    case splitFromRight(Int)
    /// Tokens of that many bytes; the last may have fewer.
    case sliceFromLeft(Int)
    /// Tokens of that many bytes; the first may have fewer.
    case sliceFromRight(Int)
    /// The first bytes.
    case left(Int)
    /// The last bytes.
    case right(Int)
    /// The parts between separators.
    case split([UInt8])

    func applied(to token: [UInt8]) -> [UInt8] {
        let dot = UInt8(ascii: ".")
        switch self {
        case .splitFromLeft(let size):
            return size < token.count ? token[..<size] + [dot] + token[size...] : token
        case .splitFromRight(let size):
            return size < token.count ? token.dropLast(size) + [dot] + token.suffix(size) : token
        case .sliceFromLeft(let size):
            return TokenCut.slices(token, first: min(size, token.count), size: size)
        case .sliceFromRight(let size):
            let first = token.count % size
            return TokenCut.slices(token, first: first == 0 ? min(size, token.count) : first, size: size)
        case .left(let size): return Array(token.prefix(size))
        case .right(let size): return Array(token.suffix(size))
        case .split(let separator):
            let text = String(decoding: token, as: UTF8.self)
            let parts = text.split(separator: String(decoding: separator, as: UTF8.self))
            return Array(parts.joined(separator: ".").utf8)
        }
    }

    private static func slices(_ token: [UInt8], first: Int, size: Int) -> [UInt8] {
        var result = Array(token.prefix(first))
        var start = first
        while start < token.count {
            let end = token.count - start > size ? start + size : token.count
            result.append(UInt8(ascii: "."))
            result += token[start..<end]
            start = end
        }
        return result
    }
}
