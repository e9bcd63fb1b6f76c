import NIOCore
import RESProtocol

@testable import Gateway

/// What a simulated service holds: models and collections that reference each other, and a list that is only to be had
/// by queries. Tells every gateway of every change by events.
final class SimulatedService {
    enum Content: Equatable {
        /// Values as JSON.
        case model([String: String])
        case collection([String])

        var json: String {
            switch self {
            case .model(let members):
                "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
            case .collection(let values): "[\(values.joined(separator: ","))]"
            }
        }

        /// The same as clients before protocol 1.2.1 get it.
        var legacy: Content {
            switch self {
            case .model(let members): .model(members.mapValues(Content.legacy))
            case .collection(let values): .collection(values.map(Content.legacy))
            }
        }

        private static func legacy(_ value: String) -> String {
            if value.hasPrefix("{\"data\"") { return "\"[Data]\"" }
            guard value.hasSuffix(",\"soft\":true}") else { return value }
            return String(value.dropFirst("{\"rid\":".count).dropLast(",\"soft\":true}".count))
        }
    }

    private(set) var resources: [String: Content] = [:]
    private(set) var numbers: [Int] = [1, 2, 3, 4, 5, 6]
    /// What each open query event's subject answers, as of the event.
    private var snapshots: [String: [Int]] = [:]
    private let gateways: [SimulatedGateway]
    /// Whether it tells of what it does.
    private var isSilent = false
    var generator: SplitMix
    private var nextValue = 0
    private var nextSubject = 0

    static let names = (0..<12).map { "r\($0)" }

    init(gateways: [SimulatedGateway], seed: UInt64) {
        self.gateways = gateways
        generator = SplitMix(state: seed)
        for name in SimulatedService.names { resources[name] = newContent(name) }
    }

    private func newContent(_ name: String) -> Content {
        let isModel = (Int(name.dropFirst()) ?? 0) % 2 == 0
        return isModel
            ? .model(["p0": newValue(), "p1": newValue()]) : .collection((0..<3).map { _ in newValue() })
    }

    private func newValue() -> String {
        nextValue += 1
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...2: return "{\"rid\":\"\(SimulatedService.names.randomElement(using: &generator) ?? "r0")\"}"
        case 3: return "{\"rid\":\"missing\"}"
        case 4: return "{\"rid\":\"r1\",\"soft\":true}"
        case 5: return "{\"data\":{\"n\":\(nextValue)}}"
        case 6: return Bool.random(using: &generator) ? "{\"rid\":\"list?x=2\"}" : "{\"rid\":\"list?2\"}"
        default: return "\(nextValue)"
        }
    }

    /// The values of a query: every number that is divisible by it.
    func numbers(query: String) -> [String] {
        SimulatedService.select(numbers, query)
    }

    private static func select(_ numbers: [Int], _ query: String) -> [String] {
        let divisor = Int(query.split(separator: "=").last ?? "1") ?? 1
        return numbers.filter { $0 % divisor == 0 }.map(String.init)
    }

    /// Changes something without telling, as a service that ends between a change and its event.
    func changeSilently() {
        isSilent = true
        change()
        isSilent = false
    }

    /// Changes something at random.
    func change() {
        guard let name = SimulatedService.names.randomElement(using: &generator) else { return }
        switch resources[name] {
        case .model(var members): changeModel(name, &members)
        case .collection(var values): changeCollection(name, &values)
        case nil: resources[name] = newContent(name)
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { changeNumbers() }
        if Int.random(in: 0..<40, using: &generator) == 0 {
            resources[name] = nil
            emit("event.\(name).delete")
        }
    }

    private func changeModel(_ name: String, _ members: inout [String: String]) {
        let property = "p\(Int.random(in: 0..<4, using: &generator))"
        if members.count > 1, Int.random(in: 0..<4, using: &generator) == 0 {
            members[property] = nil
            resources[name] = .model(members)
            return emit("event.\(name).change", "{\"values\":{\"\(property)\":{\"action\":\"delete\"}}}")
        }
        let second = "p\(Int.random(in: 0..<4, using: &generator))"
        var change = [property: newValue()]
        change[second] = newValue()
        members.merge(change) { $1 }
        resources[name] = .model(members)
        emit("event.\(name).change", "{\"values\":\(Content.model(change).json)}")
    }

    private func changeCollection(_ name: String, _ values: inout [String]) {
        if !values.isEmpty, Bool.random(using: &generator) {
            let index = Int.random(in: 0..<values.count, using: &generator)
            values.remove(at: index)
            resources[name] = .collection(values)
            return emit("event.\(name).remove", "{\"idx\":\(index)}")
        }
        let index = Int.random(in: 0...values.count, using: &generator)
        let value = newValue()
        values.insert(value, at: index)
        resources[name] = .collection(values)
        emit("event.\(name).add", "{\"idx\":\(index),\"value\":\(value)}")
    }

    private func changeNumbers() {
        let old = numbers(query: "x=2")
        if numbers.count > 2, Bool.random(using: &generator) {
            numbers.remove(at: Int.random(in: 0..<numbers.count, using: &generator))
        } else {
            nextValue += 1
            numbers.insert(nextValue, at: Int.random(in: 0...numbers.count, using: &generator))
        }
        nextSubject += 1
        let subject = "_Q\(nextSubject)"
        snapshots[subject] = numbers
        let new = numbers(query: "x=2")
        guard Bool.random(using: &generator) else {
            return emit("event.list.query", "{\"subject\":\"\(subject)\"}")
        }
        let removals = old.indices.reversed().map { "{\"event\":\"remove\",\"data\":{\"idx\":\($0)}}" }
        let additions = new.enumerated().map {
            "{\"event\":\"add\",\"data\":{\"idx\":\($0),\"value\":\($1)}}"
        }
        let events = (removals + additions).joined(separator: ",")
        emit(
            "event.list.query",
            "{\"subject\":\"\(subject)\",\"queries\":{\"x=2\":{\"events\":[\(events)]}}}"
        )
    }

    /// Sends an event to all gateways.
    func emit(_ subject: String, _ payload: String = "") {
        guard !isSilent else { return }
        for gateway in gateways { gateway.send(subject, payload) }
    }

    /// Sends a system reset to all gateways.
    func reset(_ payload: JSONSlice) {
        for gateway in gateways { gateway.reset(payload) }
    }

    /// Answers one of the requests that a gateway has under way, whichever; a get request as of now.
    ///
    /// - Parameter faults: whether it may also time out, or give less access.
    func answerOne(of gateway: SimulatedGateway, faults: Bool) {
        guard let request = gateway.world.services.pending.randomElement(using: &generator) else { return }
        guard gateway.isConnected else {
            return gateway.answer(request.subject, .failure(.serviceUnavailable))
        }
        if faults, Int.random(in: 0..<30, using: &generator) == 0 {
            return gateway.answer(request.subject, .failure(.timeout))
        }
        let payload = answer(to: request, faults: faults)
        gateway.answer(request.subject, .payload(ByteBuffer(string: payload)))
    }

    private func answer(to request: ScriptedServices.Request, faults: Bool) -> String {
        if let snapshot = snapshots[request.subject] {
            return
                "{\"result\":{\"collection\":\(Content.collection(SimulatedService.select(snapshot, "x=2")).json)}}"
        }
        if request.subject.hasPrefix("access.") {
            let denied = faults && Int.random(in: 0..<20, using: &generator) == 0
            return "{\"result\":{\"get\":\(!denied),\"call\":\"make\"}}"
        }
        if request.subject.hasPrefix("call.") {
            return
                "{\"resource\":{\"rid\":\"\(SimulatedService.names.randomElement(using: &generator) ?? "r0")\"}}"
        }
        let name = String(request.subject.dropFirst(4))
        if name == "list" {
            return
                "{\"result\":{\"collection\":\(Content.collection(numbers(query: "x=2")).json),\"query\":\"x=2\"}}"
        }
        guard let content = resources[name] else {
            return "{\"error\":{\"code\":\"system.notFound\",\"message\":\"Not found\"}}"
        }
        if case .model = content { return "{\"result\":{\"model\":\(content.json)}}" }
        return "{\"result\":{\"collection\":\(content.json)}}"
    }

    /// What a client is to hold under an id; nil when there is no such resource.
    func content(of rid: String) -> Content? {
        rid.hasPrefix("list?") ? .collection(numbers(query: "x=2")) : resources[rid]
    }
}
