import EmbeddedBroker
import NIOCore
import RESProtocol

import struct NIOCore.ByteBuffer

/// `$sys.subjects`: a collection of the subjects that messages pass on and the patterns that are subscribed to, with
/// methods to publish and to request.
final class SubjectsResource: SystemResource {
    let name = "$sys.subjects"
    /// Subscriptions that are looked at.
    static let maximumSubscriptions = 5000
    /// Patterns that are shown.
    static let maximumPatterns = 1000
    /// How long a request from the console waits.
    static let requestTimeout = TimeAmount.seconds(5)

    private let sources: SystemSources
    private let traffic: TrafficWatch
    private lazy var requester = makeRequester()
    private var table = LiveTable(name: "$sys.subjects")
    private var tally = SubjectTally()
    private var patternNumbers: [String: Int] = [:]

    init(_ sources: SystemSources, traffic: TrafficWatch) {
        self.sources = sources
        self.traffic = traffic
    }

    private func makeRequester() -> Requester {
        var generator = SystemRandomNumberGenerator()
        return Requester(bus: sources.bus, readsPreResponses: false, using: &generator)
    }

    func begin() {
        tally = SubjectTally()
        traffic.subjects = { [unowned self] publish in
            tally.count(
                publish.subject,
                reply: publish.reply,
                bytes: publish.payload.readableBytes,
                publisher: publish.publisher,
                isDelivered: publish.isDelivered,
                now: NIODeadline.now().uptimeNanoseconds
            )
        }
        _ = table.update(rows())
    }

    func end() {
        traffic.subjects = nil
        table.clear()
        tally = SubjectTally()
        patternNumbers = [:]
    }

    func content(_ key: String?) -> JSONSlice? { key.map { table.model($0) } ?? table.collection }

    func tick(isSecond: Bool) -> [SystemEvent] {
        guard isSecond else { return [] }
        tally.secondPassed(now: NIODeadline.now().uptimeNanoseconds)
        return table.update(rows())
    }

    private func rows() -> [(key: String, row: JSONObject)] {
        let subjects = tally.entries.sorted { $0.value.number < $1.value.number }.map { subject, entry in
            (key: "s\(entry.number)", row: row(of: subject, entry))
        }
        return patterns() + subjects
    }

    private func row(of subject: String, _ entry: SubjectTally.Entry) -> JSONObject {
        var row = JSONObject()
        row.set("subject", subject)
        row.set("kind", "subject")
        row.set("messages", integer: entry.messages)
        row.set("rate", number: entry.rate.perSecond)
        row.set("bytes", integer: entry.bytes)
        row.set("requests", integer: entry.requests)
        row.set("unheard", integer: entry.unheard)
        row.set("unanswered", integer: entry.unanswered)
        row.set("publisher", entry.publisher)
        row.set("answeredBy", entry.answeredBy)
        row.set("answerUs", number: Double(entry.answerTime) / 1000)
        return row
    }

    /// The patterns that are subscribed to; those used for answers alone are left out.
    private func patterns() -> [(key: String, row: JSONObject)] {
        let all = sources.broker?.subscriptions(limit: SubjectsResource.maximumSubscriptions) ?? []
        let grouped = Dictionary(grouping: all.filter { !$0.pattern.hasPrefix("_INBOX.") }, by: \.pattern)
        return grouped.sorted { $0.key < $1.key }.prefix(SubjectsResource.maximumPatterns).map {
            pattern,
            list in
            let number = patternNumbers[pattern] ?? patternNumbers.count
            patternNumbers[pattern] = number
            var row = JSONObject()
            row.set("subject", pattern)
            row.set("kind", "pattern")
            row.set("subscribers", integer: list.count { $0.queue.isEmpty })
            let queues = Dictionary(grouping: list.filter { !$0.queue.isEmpty }, by: \.queue).sorted {
                $0.key < $1.key
            }
            var groups = JSONObject()
            for (queue, members) in queues { groups.set(queue, integer: members.count) }
            row.set("queues", data: groups.slice)
            let clients = Set(list.map(\.client)).sorted().prefix(20)
            row.set("clients", data: .array(clients.map { JSONSlice(string: $0) }))
            row.set("delivered", integer: list.reduce(0) { $0 + $1.delivered })
            return (key: "p\(number)", row: row)
        }
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        guard key == nil, method == "publish" || method == "request" else {
            return answer(.failure(.methodNotFound.saying("\(name) has the methods publish and request")))
        }
        guard let text = params["subject"]?.string, let subject = Subject(text) else {
            return answer(
                .failure(.invalidParams.saying("subject is wanted: tokens joined by dots, without blanks"))
            )
        }
        let payload = ByteBuffer(string: params["payload"]?.string ?? "")
        guard payload.readableBytes <= sources.bus.maximumPayload else {
            return answer(
                .failure(.invalidParams.saying("The bus takes at most \(sources.bus.maximumPayload) bytes"))
            )
        }
        guard method == "request" else {
            sources.bus.publish(subject, payload: payload)
            return answer(.success(.null))
        }
        let start = NIODeadline.now()
        requester.request(subject, payload: payload, timeout: SubjectsResource.requestTimeout) { outcome in
            answer(SubjectsResource.result(outcome, nanoseconds: (NIODeadline.now() - start).nanoseconds))
        }
    }

    private static func result(_ outcome: Requester.Outcome, nanoseconds: Int64) -> Result<
        JSONSlice, RESError
    > {
        switch outcome {
        case .answer(let message):
            var result = JSONObject()
            result.set("payload", String(buffer: message.payload))
            result.set("us", number: Double(nanoseconds) / 1000)
            return .success(result.slice)
        case .noResponders: return .failure(.notFound.saying("Nobody subscribes to the subject"))
        case .timedOut: return .failure(.timeout.saying("Nobody answered within 5 s"))
        case .disconnected: return .failure(.serviceUnavailable.saying("The bus is not connected"))
        case .tooLarge: return .failure(.invalidParams.saying("The message is larger than the bus takes"))
        }
    }
}
