import Testing

@testable import RESProtocol

@Suite("Requests that wait")
struct PendingRequestsTests {
    @Test("are found by number, in any order, and counted")
    func numbers() {
        var pending = PendingRequests<Int, String>()
        for number in 0..<5 { #expect(pending.add("\(number)", deadline: 10 + number) == UInt64(number)) }
        #expect(pending.remove(3) == "3")
        #expect(pending.remove(3) == nil)
        #expect(pending.remove(0) == "0")
        #expect((pending.contains(0), pending.contains(1), pending.contains(9)) == (false, true, false))
        #expect((pending.count, pending.numbers) == (3, [1, 2, 4]))
        #expect(pending.add("5", deadline: 20) == 5)
        #expect(pending.earliest == 11)
    }

    @Test("are due by their deadlines, also where these are out of order or were changed")
    func deadlines() {
        var pending = PendingRequests<Int, String>()
        _ = pending.add("a", deadline: 10)
        _ = pending.add("b", deadline: 5)
        let extended = pending.add("c", deadline: 12)
        _ = pending.add("d", deadline: 12)
        pending.setDeadline(30, of: extended)
        #expect(pending.earliest == 5)
        var due: [[String]] = []
        for now in [4, 5, 9, 10, 12, 29, 30] {
            var names: [String] = []
            while let name = pending.removeDue(at: now) { names.append(name) }
            due.append(names)
        }
        #expect(due == [[], ["b"], [], ["a"], ["d"], [], ["c"]])
        #expect((pending.count, pending.earliest) == (0, nil))
        #expect(pending.nextNumber == 4)
    }

    @Test("leave no room behind, however long one of them waits with a deadline of its own")
    func room() {
        var pending = PendingRequests<Int, Int>()
        let first = pending.add(0, deadline: 0)
        pending.setDeadline(1_000_000, of: first)
        for number in 1...10_000 {
            let added = pending.add(number, deadline: number)
            #expect(pending.remove(added) == number)
        }
        #expect((pending.count, pending.numbers) == (1, [0]))
    }
}
