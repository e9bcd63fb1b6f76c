import RESProtocol

import struct NIOCore.ByteBuffer

/// What a benchmark has measured.
struct BenchReport: Equatable, Sendable {
    /// What was done, as `publish`.
    var name: String
    /// Messages that were sent, delivered or answered.
    var count: Int
    /// Bytes of each.
    var size: Int
    var seconds: Double
    /// Time from request to answer, where that was measured.
    var latency: LatencyHistogram?

    private var rate: Double { seconds > 0 ? Double(count) / seconds : 0 }

    /// One line for people.
    var line: String {
        var line =
            "\(name)  \(BenchReport.number(rate)) messages/s  \(BenchReport.number(rate * Double(size)))B/s"
        if let latency {
            line += "  p50 \(BenchReport.microseconds(latency.percentile(0.5)))"
            line += "  p99 \(BenchReport.microseconds(latency.percentile(0.99)))"
        }
        return line
    }

    /// One JSON object for programs.
    var json: String {
        var members: [(name: String, value: JSONSlice)] = [
            ("name", JSONSlice(string: name)), ("messages", JSONSlice(integer: count)),
            ("size", JSONSlice(integer: size)),
            ("seconds", JSONSlice(unchecked: .init(string: "\(seconds)"))),
            ("messages_per_second", JSONSlice(integer: Int64(rate))),
        ]
        if let latency {
            members.append(("p50_ns", JSONSlice(integer: latency.percentile(0.5))))
            members.append(("p99_ns", JSONSlice(integer: latency.percentile(0.99))))
        }
        return JSONSlice.object(members).text
    }

    /// `1234567` as `1.23 M`.
    static func number(_ value: Double) -> String {
        let units = [(1e9, " G"), (1e6, " M"), (1e3, " k")]
        let (scale, unit) = units.first { value >= $0.0 } ?? (1, " ")
        let hundredths = Int((value / scale * 100).rounded())
        let whole = hundredths / 100
        let rest = hundredths % 100
        let digits = whole >= 100 ? "\(whole)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
        return digits + unit
    }

    private static func microseconds(_ nanoseconds: UInt64) -> String {
        "\(Double((nanoseconds + 50) / 100) / 10) µs"
    }
}
