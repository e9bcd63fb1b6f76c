import Gateway
import NIOCore
import RESProtocol

/// `$sys.chaos`: what is to go wrong, as a live model with the methods `set` and `clear`.
final class ChaosResource: SystemResource {
    let name = "$sys.chaos"
    private let gate: ChaosGate
    private let bus: GatewayBus
    private let publish: ([SystemEvent]) -> Void
    private var gateway: Gateway? { gate.gateway }
    /// Whether requests may ask for a delay themselves, also while there is no rule.
    private let allowsRequestedDelay: Bool

    /// - Parameter publish: sends an event at once.
    init(
        _ gate: ChaosGate,
        bus: GatewayBus,
        allowsRequestedDelay: Bool,
        publish: @escaping ([SystemEvent]) -> Void
    ) {
        self.gate = gate
        self.bus = bus
        self.allowsRequestedDelay = allowsRequestedDelay
        self.publish = publish
    }

    /// The rules in words.
    var descriptions: [String] { gate.plan.rules.map(\.description) }

    /// The delay that a connection has by a rule of its own; nil for none.
    func delay(of connection: String) -> String? {
        gate.plan.rules.first { $0.connection == connection }?.latency?.description
    }

    /// Puts the gate where it is needed, and takes it away where it is not.
    func install() {
        let isWanted = gate.plan.concerns(.client, .http, .ws)
        gateway?.interfere(isWanted ? gate : nil)
        gateway?.admitDelays(isWanted || allowsRequestedDelay ? gate : nil)
        bus.interference = gate.plan.concerns(.service) ? ServiceInterference(gate) : nil
        gate.updateStalls()
    }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    private var model: JSONObject {
        var model = JSONObject()
        model.set("seed", "\(gate.plan.seed)")
        model.set("active", flag: !gate.plan.rules.isEmpty)
        model.set("rules", data: .array(gate.plan.rules.map(ChaosResource.json(of:))))
        return model
    }

    private static func json(of rule: ChaosRule) -> JSONSlice {
        var object = JSONObject()
        object.set("text", rule.description)
        object.set("role", rule.role.rawValue)
        object.set("pattern", rule.pattern.text)
        object.set("connection", rule.connection)
        object.set("latency", number: Double(rule.latency?.mean ?? 0) / 1000)
        object.set("jitter", number: Double(rule.latency?.spread ?? 0) / 1000)
        object.set("errors", number: rule.errorRate * 100)
        object.set("drops", number: rule.dropRate * 100)
        object.set("timeouts", number: rule.timeoutRate * 100)
        object.set("stall", integer: rule.stall)
        return object.slice
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        guard key == nil else { return answer(.failure(.notFound)) }
        switch method {
        case "set": answer(set(params))
        case "clear":
            replace([], seed: nil)
            answer(.success(.null))
        default: answer(.failure(.methodNotFound.saying("\(name) has the methods set and clear")))
        }
    }

    /// Takes `{"rules": ["client latency=200ms", …], "seed": "7"}`.
    private func set(_ params: JSONSlice) -> Result<JSONSlice, RESError> {
        guard let list = params["rules"], list.kind == .array else {
            return .failure(
                .invalidParams.saying("rules is wanted, an array of texts such as \"client latency=200ms\"")
            )
        }
        var rules: [ChaosRule] = []
        for (index, element) in list.elements.enumerated() {
            guard index < ChaosPlan.maximumRules else {
                return .failure(.invalidParams.saying("There are at most \(ChaosPlan.maximumRules) rules"))
            }
            do throws(ChaosError) {
                rules.append(try ChaosRule(parsing: element.string ?? ""))
            } catch {
                return .failure(.invalidParams.saying("Rule \(index): \(error.message)"))
            }
        }
        let seed = params["seed"].flatMap { $0.isNull ? nil : $0 }
        if let seed, UInt64(seed.string ?? seed.text) == nil {
            return .failure(.invalidParams.saying("seed is a whole number from 0 on"))
        }
        replace(rules, seed: seed.flatMap { UInt64($0.string ?? $0.text) })
        return .success(.null)
    }

    /// Gives a connection a delay of its own; an empty text takes it away.
    func setDelay(_ text: String, of connection: String) -> Result<JSONSlice, RESError> {
        var rules = gate.plan.rules.filter { $0.connection != connection }
        if !text.isEmpty {
            var rule = ChaosRule()
            rule.role = .ws
            rule.connection = connection
            do throws(ChaosError) { rule.latency = try Latency(parsing: text) } catch {
                return .failure(.invalidParams.saying(error.message))
            }
            guard rules.count < ChaosPlan.maximumRules else {
                return .failure(.invalidParams.saying("There are \(ChaosPlan.maximumRules) rules already"))
            }
            rules.append(rule)
        }
        replace(rules, seed: nil)
        return .success(.null)
    }

    /// Latencies that a key switches to, one after the other, in milliseconds.
    private static let latencies = [200, 1000]

    /// Delays all requests of clients by the next latency, or no more behind the last; gives what they have, for people.
    func cycleLatency() -> String {
        let texts = ChaosResource.latencies.map { "client latency=\($0)ms" }
        let rules = gate.plan.rules
        let present = rules.firstIndex { texts.contains($0.description) }
        let next =
            present.flatMap { index in texts.firstIndex(of: rules[index].description) }.map { $0 + 1 } ?? 0
        var others = rules
        if let present { others.remove(at: present) }
        guard next < texts.count, let rule = try? ChaosRule(parsing: texts[next]) else {
            replace(others, seed: nil)
            return "none"
        }
        guard others.count < ChaosPlan.maximumRules else { return "there are \(others.count) rules already" }
        replace([rule] + others, seed: nil)
        return "\(ChaosResource.latencies[next]) ms"
    }

    private func replace(_ rules: [ChaosRule], seed: UInt64?) {
        let before = model
        gate.replace(rules, seed: seed)
        install()
        if let changes = model.changes(since: before) { publish([.change(changes, of: name)]) }
    }
}
