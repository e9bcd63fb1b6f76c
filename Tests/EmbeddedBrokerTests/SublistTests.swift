import NIOCore
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("sublist")
struct SublistTests {
    private let receiver = Receiver(account: Account(name: "$G", seed: 1))

    private func subscription(_ pattern: String, queue: String = "", id: UInt64 = 1) -> Subscription {
        Subscription(
            pattern: Array(pattern.utf8),
            queue: Array(queue.utf8),
            sid: SubscriptionID(number: id),
            receiver: receiver
        )
    }

    private func plain(_ sublist: inout Sublist, _ subject: String) -> [UInt64] {
        sublist.match(Array(subject.utf8).span).plain.map(\.sid.words.0).sorted()
    }

    @Test(
        "subjects and patterns match as a trivial matcher says, while subscriptions come and go",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func matchesTrivialModel(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var sublist = Sublist(seed: seed, limits: .init(rememberedSubjects: 20, rememberedLength: 12))
        var model: [Subscription] = []
        func token(_ words: [String]) -> String { words[Int.random(in: 0..<words.count, using: &random)] }
        for step in 0..<800 {
            let length = Int.random(in: 1...4, using: &random)
            if Int.random(in: 0..<10, using: &random) < 3 {
                var tokens = (0..<length).map { _ in token(["a", "b", "c", "dd", "*"]) }
                if Int.random(in: 0..<5, using: &random) == 0 { tokens[length - 1] = ">" }
                let new = subscription(tokens.joined(separator: "."), id: UInt64(step))
                model.append(new)
                sublist.insert(new)
            } else if Int.random(in: 0..<10, using: &random) < 3, !model.isEmpty {
                sublist.remove(model.remove(at: Int.random(in: 0..<model.count, using: &random)))
            }
            let subject = (0..<length).map { _ in token(["a", "b", "c", "dd", "e"]) }.joined(separator: ".")
            let expected = model.filter { candidate in
                SubjectPattern(String(decoding: candidate.pattern, as: UTF8.self))?.matches(subject) == true
            }
            #expect(plain(&sublist, subject) == expected.map(\.sid.words.0).sorted())
            #expect(sublist.hasInterest(in: Array(subject.utf8).span) == !expected.isEmpty)
            #expect(sublist.count == model.count)
        }
        for left in model { sublist.remove(left) }
        #expect(plain(&sublist, "a.b") == [])
        #expect(sublist.count == 0)
    }

    @Test("a subject with an empty token is nobody's", arguments: ["", ".", "a..b", ".a", "a.", "a...b"])
    func emptyTokens(subject: String) {
        var sublist = Sublist(seed: 1)
        for pattern in [">", "*", "*.*", "a.>", "a.*", "a.*.b", "*.*.*"] {
            sublist.insert(subscription(pattern))
        }
        for _ in 0..<3 { #expect(plain(&sublist, subject) == []) }
    }

    @Test("a wildcard in a published subject is a token like others")
    func publishedWildcards() {
        var sublist = Sublist(seed: 1)
        for (id, pattern) in ["foo.*", "foo.>", ">", "foo.bar", "fo*", "*"].enumerated() {
            sublist.insert(subscription(pattern, id: UInt64(id)))
        }
        #expect(plain(&sublist, "foo.*") == [0, 1, 2])
        #expect(plain(&sublist, "foo.>") == [0, 1, 2])
        #expect(plain(&sublist, "fo*") == [2, 4, 5])
        #expect(plain(&sublist, "foo") == [2, 5])
    }

    @Test("a queue group is one over all patterns that match")
    func queueGroups() {
        var sublist = Sublist(seed: 1)
        for pattern in ["q.x", "q.*", "q.>"] { sublist.insert(subscription(pattern, queue: "g")) }
        sublist.insert(subscription("q.x", queue: "h"))
        let match = sublist.match(Array("q.x".utf8).span)
        #expect(match.plain.isEmpty)
        #expect(match.groups.map(\.members.count).sorted() == [1, 3])
    }

    @Test("the empty names of tables are found again after many are taken out")
    func byteTable() {
        final class Key: ByteKeyed {
            let key: [UInt8]
            let keyHash: UInt64
            init(_ number: Int) {
                key = Array(String(number).utf8)
                // Few different hashes, so that probing runs into each other.
                keyHash = UInt64(number % 7)
            }
        }
        var random = SplitMix(seed: 3)
        var table = ByteTable<Key>()
        var model: [Int: Key] = [:]
        for _ in 0..<4_000 {
            let number = Int.random(in: 0..<120, using: &random)
            if let known = model.removeValue(forKey: number) {
                table.remove(known)
            } else {
                let key = Key(number)
                model[number] = key
                table.insert(key)
            }
            let probe = Int.random(in: 0..<120, using: &random)
            let found = table.element(named: Array(String(probe).utf8).span, hash: UInt64(probe % 7))
            #expect(found === model[probe])
            #expect(table.count == model.count)
        }
        #expect(Set(table.elements.map(\.key)) == Set(model.values.map(\.key)))
    }
}

@Suite("subjects")
struct SubjectRulesTests {
    @Test(
        "what may be subscribed to",
        arguments: [
            ("a", true), ("a.b", true), ("*", true), (">", true), ("a.*", true), ("a.>", true), ("*.a", true),
            ("a*b", true), ("a>b", true), ("a.*x", true), ("$SYS.>", true), ("", false), (".", false),
            ("a.", false),
            (".a", false), ("a..b", false), (">.a", false), ("a.>.b", false),
        ]
    )
    func patterns(subject: String, isValid: Bool) {
        #expect(SubjectRules.isValidPattern(Array(subject.utf8).span) == isValid)
    }

    @Test(
        "what may be published to",
        arguments: [
            ("a", true), ("a.b", true), ("a*", true), ("*", false), ("a.*", false), ("a.>", false),
            ("a..b", false),
        ]
    )
    func literals(subject: String, isValid: Bool) {
        #expect(SubjectRules.isValidLiteral(Array(subject.utf8).span) == isValid)
    }

    @Test(
        "sids of any length are kept, and told apart",
        arguments: ["1", "12345678", "123456789", "1234567890123456", "12345678901234567"]
    )
    func sids(text: String) {
        let sid = SubscriptionID(Array(text.utf8).span)
        #expect(sid.bytes == Array(text.utf8))
        #expect(sid != SubscriptionID(Array((text + "0").utf8).span))
        #expect(sid == SubscriptionID(Array(text.utf8).span))
    }
}
