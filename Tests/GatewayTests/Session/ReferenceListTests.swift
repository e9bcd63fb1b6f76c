import Testing

@testable import Gateway

@Suite("The list of what a resource references")
struct ReferenceListTests {
    /// A list that can be changed inside an expectation.
    private final class Kept {
        var list = ReferenceList()
        func add(_ target: Subscription) -> Bool { list.add(target) }
        func remove(_ target: Subscription) -> Bool { list.remove(target) }
    }

    @Test(
        "counts each target as often as it is added, in the order of the first additions",
        arguments: [0, 1, 16, 17, 100]
    )
    func counts(count: Int) throws {
        let session = try #require(World().connect().session)
        let targets = (0..<count).map { Subscription(session: session, rid: "r\($0)") }
        let kept = Kept()
        for target in targets { kept.list.append(new: target) }
        #expect(kept.list.all.map(\.target.rid) == targets.map(\.rid))
        for target in targets { #expect(!kept.add(target)) }
        for target in targets { #expect(kept.list.contains(target)) }
        for target in targets.reversed() { #expect(!kept.remove(target)) }
        // From the front on, so that others take the places.
        for (index, target) in targets.enumerated() {
            #expect(kept.remove(target))
            #expect(!kept.remove(target), "it is gone")
            #expect(kept.list.count == count - index - 1)
            guard index < count - 1, let last = targets.last else { continue }
            #expect(!kept.add(last))
            #expect(!kept.remove(last))
        }
        #expect(kept.list.isEmpty)
        if let first = targets.first { #expect(kept.add(first)) }
    }
}
