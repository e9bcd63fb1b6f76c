import NIOCore
import RESProtocol

@testable import EmbeddedBroker

/// A client in the broker's process, to which messages come as values.
final class LocalPeer: SimulatedPeer {
    let id: Int
    let traits: SimulatedTraits
    private let client: LocalClient
    private var waiting: [SimulatedOperation] = []
    private var numbers: [String: UInt64] = [:]
    private var arrived: [(sid: String, message: Message)] = []

    let isStalled = false
    let isBlocked = false
    let isEnded = false

    init(id: Int, account: Account, number: Int, router: Router) {
        self.id = id
        traits = SimulatedTraits(account: number)
        client = LocalClient(router: router, account: account, wake: {})
    }

    var hasUnsent: Bool { !waiting.isEmpty }

    func add(_ operation: SimulatedOperation, using generator: inout SplitMix) { waiting.append(operation) }

    func send(using generator: inout SplitMix) -> [SimulatedEvent] {
        guard !waiting.isEmpty else { return [] }
        let operation = waiting.removeFirst()
        switch operation {
        case .subscribe(let sid, let pattern, let queue):
            guard numbers[sid] == nil, let pattern = SubjectPattern(pattern) else { return [] }
            numbers[sid] = client.subscribe(to: pattern, queue: queue.isEmpty ? nil : queue) {
                [unowned self] in
                arrived.append((sid, $0))
            }
        case .unsubscribe(let sid, _):
            drain(.max)
            if let number = numbers.removeValue(forKey: sid) { client.unsubscribe(number) }
            return [.performed(id, .unsubscribe(sid: sid, maximum: 0))]
        case .publish(let message):
            guard let subject = Subject(message.subject) else { return [] }
            let headers =
                message.headers.isEmpty ? nil : MessageHeaders(block: ByteBuffer(string: message.headers))
            client.publish(
                Message(
                    subject: subject,
                    reply: Subject(message.reply),
                    headers: headers,
                    payload: ByteBuffer(string: message.payload)
                )
            )
        case .ping, .connect: return []
        }
        return [.performed(id, operation)]
    }

    /// Hands some messages over.
    func drain(_ limit: Int) { client.drain(limit: limit) }

    func take(published: (Int) -> SimulatedMessage?) -> [DeliveredItem] {
        drain(.max)
        defer { arrived = [] }
        return arrived.map { sid, message in
            if message.headers?.status == 503 {
                let id = message.subject.text.split(separator: ".").last.flatMap { Int($0) } ?? -1
                return .noResponders(id: id, sid: sid)
            }
            let payload = String(buffer: message.payload)
            let id = payload.split(separator: "|").first.flatMap { Int($0) } ?? -1
            let expected = published(id)
            let isRight =
                expected?.subject == message.subject.text && expected?.reply == message.reply?.text ?? ""
                && expected?.payload == payload
                && expected?.headers == message.headers.map { String(buffer: $0.block) } ?? ""
            return isRight ? .message(id: id, sid: sid) : .wrong("\(message)")
        }
    }
}
