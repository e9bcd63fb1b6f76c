import NIOCore
import Testing

@testable import EmbeddedBroker

@Suite("Questions about connections")
struct ConnectionsQueryTests {
    private func query(_ text: String) throws(MonitoringError) -> ConnectionsQuery {
        try ConnectionsQuery(QueryParameters(text))
    }

    @Test func parametersInTheURL() throws {
        let query = try query(
            "sort=msgs_to&auth=1&subs=detail&offset=2&limit=5&state=ALL&user=a%20b&acc=A+B&filter_subject=x.%3E"
        )
        #expect(query.order == .messagesTo)
        #expect(query.tellsUsers)
        #expect(query.subscriptions == .details)
        #expect(query.offset == 2 && query.limit == 5)
        #expect(query.state == .any)
        #expect(query.user == "a b" && query.account == "A B" && query.filterSubject == "x.>")
    }

    @Test func anIDAsksForOne() throws {
        #expect(try query("cid=7").id == 7)
        #expect(try query("cid=7&limit=5").limit == 1)
        #expect(try query("cid=0").id == nil)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        #expect(try query("") == ConnectionsQuery())
        #expect(try query("limit=0&offset=-1&subs=0&auth=false") == ConnectionsQuery())
        #expect(try query("limit=-5").limit == 1_024)
        #expect(try ConnectionsQuery(json: ByteBuffer()) == ConnectionsQuery())
    }

    @Test(arguments: [
        ("sort=foo", "invalid sorting option: foo"),
        ("state=foo", "Error decoding state for foo"),
        ("sort=stop", "sort by stop only valid on closed connections"),
        ("sort=reason&state=all", "sort by reason only valid on closed connections"),
        ("limit=x", "Error decoding int for 'limit': \"x\" is no whole number"),
        ("cid=-1", "Error decoding uint64 for 'cid': \"-1\" is no number from 0 on"),
        ("auth=yes", "Error decoding boolean for 'auth': \"yes\" is neither 1 nor 0"),
    ])
    func errors(_ text: String, _ message: String) {
        #expect(throws: MonitoringError.badRequest(message)) { try query(text) }
    }

    @Test func theSameAsJSON() throws {
        let body =
            #"{"sort":"stop","state":1,"auth":true,"subscriptions":true,"limit":3,"cid":null,"acc":"A","other":1}"#
        let query = try ConnectionsQuery(json: ByteBuffer(string: body))
        #expect(query.order == .stop && query.state == .closed && query.tellsUsers)
        #expect(query.subscriptions == .subjects && query.limit == 3 && query.account == "A")
    }

    @Test(arguments: [#"{"limit":"x"}"#, #"{"state":9}"#, "[]", "{", #"{"auth":1}"#])
    func wrongJSONIsRefused(_ body: String) {
        #expect(throws: MonitoringError.self) { try ConnectionsQuery(json: ByteBuffer(string: body)) }
    }
}

@Suite("Connections in order, page by page")
struct ConnectionsReportTests {
    private func record(_ id: UInt64, out: Int, start: Int64, stop: Int64? = nil, reason: String = "")
        -> ConnectionRecord
    {
        var record = ConnectionRecord()
        record.id = id
        for _ in 0..<out { record.traffic.countOut(bytes: 1) }
        record.start = Moment(nanoseconds: start)
        record.lastActivity = record.start
        record.stop = stop.map { Moment(nanoseconds: $0) }
        record.reason = reason
        return record
    }

    private func ids(_ records: [ConnectionRecord], _ text: String) throws -> [Int] {
        let report = ConnectionsReport(
            records,
            total: records.count,
            query: try ConnectionsQuery(QueryParameters(text)),
            serverID: "N",
            clock: WallClock(WallTime(nanoseconds: 0), at: Moment(nanoseconds: 0)),
            now: Moment(nanoseconds: 10_000_000_000)
        )
        let json = String(buffer: JSONText.object(isIndented: false) { report.write(into: &$0) })
        return json.split(separator: "\"cid\":").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
    }

    @Test func orders() throws {
        let records = [
            record(3, out: 5, start: 30, stop: 900, reason: "b"),
            record(1, out: 9, start: 10, stop: 800, reason: "c"),
            record(2, out: 5, start: 20, stop: 950, reason: "a"),
        ]
        #expect(try ids(records, "") == [1, 2, 3])
        #expect(try ids(records, "sort=msgs_to") == [1, 2, 3])
        #expect(try ids(records, "sort=stop&state=closed") == [2, 3, 1])
        #expect(try ids(records, "sort=reason&state=closed") == [2, 3, 1])
        #expect(try ids(records, "sort=last") == [3, 2, 1])
    }

    @Test func pages() throws {
        let records = (1...5).map { record($0, out: 0, start: 0) }
        #expect(try ids(records, "limit=2") == [1, 2])
        #expect(try ids(records, "limit=2&offset=2") == [3, 4])
        #expect(try ids(records, "limit=2&offset=4") == [5])
        #expect(try ids(records, "offset=5") == [])
        #expect(try ids(records, "offset=9223372036854775807&limit=9223372036854775807") == [])
    }

    @Test func ofThoseThatAreGoneTheLastAreKept() {
        var closed = ClosedConnections(capacity: 2)
        for id in 1...3 { closed.add(record(UInt64(id), out: 0, start: 0)) }
        #expect(closed.all.map(\.id) == [2, 3])
        var none = ClosedConnections(capacity: 0)
        none.add(record(1, out: 0, start: 0))
        #expect(none.all.map(\.id) == [])
    }

    @Test func whatAClientSaysOfItselfIsKeptInPart() {
        var long = record(1, out: 0, start: 0)
        long.name = String(repeating: "n", count: 4_000)
        long.jwt = "secret"
        let kept = long.closed(at: Moment(nanoseconds: 5), reason: "Client Closed")
        #expect(kept.name.count == ConnectionRecord.keptTextLength)
        #expect(kept.jwt == "" && kept.reason == "Client Closed" && kept.stop == Moment(nanoseconds: 5))
    }
}

@Suite("Clients are sent away in turn")
struct LameDuckPlanTests {
    @Test(arguments: [
        (1, 110, 1, 1_000), (110, 110, 1, 1_000), (220, 110, 1, 500), (1_000, 1, 1, 1), (4_000, 1, 4, 1),
        (0, 110, 1, 1_000),
        (5, 0, 5, 1),
    ])
    func plans(_ clients: Int, _ seconds: Int, _ batch: Int, _ milliseconds: Int) {
        let plan = LameDuckPlan(clients: clients, duration: .seconds(seconds))
        #expect(plan.batch == batch)
        #expect(plan.interval == .milliseconds(milliseconds))
    }
}
