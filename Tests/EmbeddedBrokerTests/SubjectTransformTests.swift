import Testing

@testable import EmbeddedBroker

@Suite("Rewritten subjects")
struct SubjectTransformTests {
    @Test(
        "tokens are put in their places, and functions make others of them",
        arguments: [
            ("a", "b", "a", "b"), ("a.*", "b.$1", "a.x", "b.x"), ("a.*.*", "b.$2.$1", "a.x.y", "b.y.x"),
            ("a.>", "b.>", "a.x.y", "b.x.y"), (">", "p.>", "a.b", "p.a.b"),
            ("*.a", "b.{{wildcard(1)}}.c", "x.a", "b.x.c"),
            ("a.*", "b", "a.x", "b"), ("a.*", "{{splitFromLeft(1,2)}}", "a.abcd", "ab.cd"),
            ("a.*", "{{splitFromRight(1,1)}}", "a.abcd", "abc.d"),
            ("a.*", "{{sliceFromLeft(1,2)}}", "a.abcde", "ab.cd.e"),
            ("a.*", "{{sliceFromRight(1,2)}}", "a.abcde", "a.bc.de"),
            ("a.*", "{{split(1,-)}}", "a.x-y-z", "x.y.z"),
            ("a.*", "{{left(1,2)}}", "a.xyz", "xy"), ("a.*", "{{right(1,2)}}", "a.xyz", "yz"),
            ("a.*.*", "b.{{partition(3,1,2)}}", "a.x.y", "b.\("xy".fnv % 3)"),
        ]
    )
    func applied(_ source: String, _ destination: String, _ subject: String, _ result: String) throws {
        let transform = try SubjectTransform(from: source, to: destination)
        let bytes = Array(subject.utf8)
        #expect(transform.applied(to: bytes.span).map { String(decoding: $0, as: UTF8.self) } == result)
    }

    @Test("a subject that does not match has no other", arguments: ["a", "a.b.c", "b.c", "a..b", "a."])
    func unmatched(_ subject: String) throws {
        let bytes = Array(subject.utf8)
        #expect(try SubjectTransform(from: "a.*", to: "b.$1").applied(to: bytes.span) == nil)
    }

    @Test(
        "what cannot be a transform is refused",
        arguments: [
            ("a.*", "b.$2"), ("a", "b.$1"), ("a", "b.>"), ("a.>", "b"), ("a.*", "b.*"), ("a..b", "c"),
            ("a", ""), ("a", "b..c"),
            ("a.*", "{{nope(1)}}"), ("a.*", "{{partition(0,1)}}"), ("a.*", "{{left(1)}}"),
            ("a.*", "{{wildcard(x)}}"),
        ]
    )
    func refused(_ source: String, _ destination: String) {
        #expect(throws: SubjectTransform.Problem.self) { try SubjectTransform(from: source, to: destination) }
    }

    @Test("an import uses every wildcard, in order or by number")
    func imports() throws {
        let subject = Array("a.x.y".utf8)
        let inOrder = try SubjectTransform(from: "a.*.*", to: "b.*.*", usesEveryWildcard: true)
        #expect(inOrder.applied(to: subject.span) == Array("b.x.y".utf8))
        #expect(throws: SubjectTransform.Problem.self) {
            try SubjectTransform(from: "a.*.*", to: "b.$1", usesEveryWildcard: true)
        }
    }

    @Test(
        "patterns lie within each other, or touch, or do not",
        arguments: [
            ("a.b", "a.*", true, true), ("a.*", "a.b", false, true), ("a.>", ">", true, true),
            ("a.*", "a.>", true, true),
            ("a.>", "a.*", false, true), ("a", "a.>", false, false), ("*.b", "a.*", false, true),
            ("a.b", "a.c", false, false),
            ("a.*.c", "a.*", false, false), ("a.>", "a.*.c", false, true), ("*", "*", true, true),
        ]
    )
    func overlaps(_ left: String, _ right: String, _ isSubset: Bool, _ collide: Bool) {
        #expect(SubjectOverlap.isSubset(left, of: right) == isSubset)
        #expect(SubjectOverlap.collide(left, right) == collide)
    }
}

extension String {
    /// FNV-1a of the bytes, 32 bits.
    fileprivate var fnv: Int {
        Int(utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 })
    }
}
