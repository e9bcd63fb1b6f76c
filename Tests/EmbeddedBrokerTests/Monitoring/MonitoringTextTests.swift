import NIOCore
import Testing

@testable import EmbeddedBroker

@Suite("What the monitoring tells is written as nats-server writes it")
struct MonitoringTextTests {
    @Test func timesOfTheCalendarAndMoments() {
        let clock = WallClock(WallTime(nanoseconds: 1_769_862_896_789_000_000), at: Moment(nanoseconds: 5))
        #expect(clock.timestamp(Moment(nanoseconds: 5)) == "2026-01-31T12:34:56.789Z")
        #expect(clock.moment(of: WallTime(nanoseconds: 1_769_862_896_789_000_001)) == Moment(nanoseconds: 6))
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m0s"), (3_600, "1h0m0s"), (90_061, "1d1h1m1s"),
        (31_536_000, "1y0d0h0m0s"),
    ])
    func uptimes(_ seconds: Int, _ text: String) {
        #expect(DurationText.uptime(.seconds(seconds)) == text)
    }

    @Test(arguments: [
        (0, "0s"), (999, "999ns"), (1_000, "1µs"), (645_000, "645µs"), (645_100, "645.1µs"),
        (1_441_438, "1.441438ms"),
        (2_500_000_000, "2.5s"), (60_500_000_000, "1m0.5s"), (3_600_000_000_000, "1h0m0s"),
    ])
    func exactDurations(_ nanoseconds: Int, _ text: String) {
        #expect(DurationText.exact(.nanoseconds(nanoseconds)) == text)
    }

    @Test func jsonIndentedAndInOneLine() {
        func body(_ text: inout JSONText) {
            text.member("a", 1)
            text.member("empty", object: { _ in })
            text.member("list", strings: ["x", "\""])
            text.member("none", strings: [])
            text.member("objects", objects: [1, 2]) { $0.member("n", $1) }
            text.member("ratio", 0.5)
            text.member("whole", 2.0)
            text.member("left out", unlessEmpty: "")
            text.member("flag", ifTrue: false)
        }
        let line =
            #"{"a":1,"empty":{},"list":["x","\""],"none":[],"objects":[{"n":1},{"n":2}],"ratio":0.5,"whole":2}"#
        #expect(String(buffer: JSONText.object(isIndented: false, body)) == line)
        let indented = """
            {
              "a": 1,
              "empty": {},
              "list": [
                "x",
                "\\""
              ],
              "none": [],
              "objects": [
                {
                  "n": 1
                },
                {
                  "n": 2
                }
              ],
              "ratio": 0.5,
              "whole": 2
            }
            """
        #expect(String(buffer: JSONText.object(isIndented: true, body)) == indented)
    }

    @Test(arguments: [
        ("cb", true), ("a.b_1.$c", true), ("", false), ("1a", false), ("a..b", false), ("alert(1)//", false),
        (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
    ])
    func onlyTheNameOfAFunctionIsCalledBack(_ name: String, _ isOne: Bool) {
        #expect(MonitoringServer.isFunctionName(name) == isOne)
    }
}
