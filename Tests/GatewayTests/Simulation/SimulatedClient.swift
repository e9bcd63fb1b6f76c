import NIOCore
import RESProtocol
import Testing

@testable import Gateway

/// A client that keeps what it is sent as the protocol says, and complains of whatever does not fit.
final class SimulatedClient {
    private enum Held {
        case content(SimulatedService.Content)
        /// Gone, but kept with what it references until it is unsubscribed.
        case deleted(SimulatedService.Content)
        case error
    }

    private enum Request {
        case subscribe(String)
        case get(String)
        case unsubscribe(String, count: Int)
        case call
    }

    let client: ScriptedClient
    /// The protocol version that the client told; nil where it told none.
    let version: String?
    private var held: [String: Held] = [:]
    private var direct: [String: Int] = [:]
    private var requests: [Int: Request] = [:]
    private var nextID = 1
    /// What did not fit, with what came before it.
    private(set) var complaints: [String] = []
    private var log: [String] = []

    init(_ world: World, version: String? = "1.2.3") {
        self.version = version
        client = world.connect(version: version)
    }

    var hasRequests: Bool { !requests.isEmpty }

    // MARK: Requests

    func subscribe(_ rid: String) { request("subscribe", rid, .subscribe(rid)) }
    func get(_ rid: String) { request("get", rid, .get(rid)) }

    /// Calls a method that is answered with a resource.
    func call(_ rid: String) { request("call", "\(rid).make", .call) }

    /// Unsubscribes something, where there is something to unsubscribe.
    func unsubscribe(using generator: inout SplitMix) {
        guard let (rid, known) = direct.sorted(by: { $0.key < $1.key }).randomElement(using: &generator)
        else {
            return
        }
        let count = Int.random(in: 1...known, using: &generator)
        request("unsubscribe", rid, .unsubscribe(rid, count: count), count > 1 ? "{\"count\":\(count)}" : nil)
    }

    private func request(_ kind: String, _ rid: String, _ request: Request, _ params: String? = nil) {
        nextID += 1
        requests[nextID] = request
        log.append("> \(kind) \(rid) \(nextID) \(params ?? "")")
        client.send("\(kind).\(rid)", params, id: nextID)
        readMessages()
    }

    // MARK: Messages

    func readMessages() {
        for message in client.received() {
            log.append("< \(message)")
            guard let body = try? json(message) else {
                complain("no JSON: \(message)")
                continue
            }
            if let event = body["event"]?.string {
                read(event: event, body["data"] ?? .null)
            } else {
                read(answer: body)
            }
            collect()
        }
    }

    private func read(answer: JSONSlice) {
        guard let id = answer["id"]?.integer, let request = requests.removeValue(forKey: Int(id)) else {
            return complain("an answer to no request: \(answer)")
        }
        guard answer["error"] == nil else { return }
        switch request {
        case .unsubscribe(let rid, let number):
            let count = (direct[rid] ?? 0) - number
            direct[rid] = count > 0 ? count : nil
        case .call:
            let result = answer["result"] ?? .null
            guard let rid = result["rid"]?.string else {
                return complain("a call without a resource: \(answer)")
            }
            // Clients before 1.2 are told of the resource alone; one that cannot be had is not subscribed.
            guard version != nil, version != "1.1.1", result["errors"]?[rid] == nil else { return }
            direct[rid, default: 0] += 1
            take(result)
        case .subscribe(let rid):
            direct[rid, default: 0] += 1
            take(answer["result"] ?? .null)
        case .get(let rid):
            take(answer["result"] ?? .null)
            check(reachable(from: [rid]))
        }
    }

    private func read(event: String, _ data: JSONSlice) {
        guard let dot = event.lastIndex(of: ".") else { return complain("event \(event)") }
        let rid = String(event[..<dot])
        let name = event[event.index(after: dot)...]
        guard name != "unsubscribe" else {
            direct[rid] = nil
            return
        }
        guard case .content(let content)? = held[rid] else {
            return complain("event of what is not held: \(event)")
        }
        take(data)
        switch (name, content) {
        case ("change", .model(var members)):
            for (property, value) in data["values"]?.members ?? JSONSlice.emptyObject.members {
                members[property.string ?? ""] = value["action"] == nil ? value.text : nil
            }
            held[rid] = .content(.model(members))
        case ("add", .collection(var values)):
            guard let index = data["idx"]?.integer, index <= values.count else {
                return complain("idx of \(event)")
            }
            values.insert(data["value"]?.text ?? "", at: Int(index))
            held[rid] = .content(.collection(values))
        case ("remove", .collection(var values)):
            guard let index = data["idx"]?.integer, index < values.count else {
                return complain("idx of \(event)")
            }
            values.remove(at: Int(index))
            held[rid] = .content(.collection(values))
        case ("delete", _): held[rid] = .deleted(content)
        default: complain("event \(event)")
        }
    }

    /// Takes a resource set.
    private func take(_ set: JSONSlice) {
        for (rid, model) in set["models"]?.members ?? JSONSlice.emptyObject.members {
            var members: [String: String] = [:]
            for (name, value) in model.members { members[name.string ?? ""] = value.text }
            take(rid.string ?? "", .model(members))
        }
        for (rid, collection) in set["collections"]?.members ?? JSONSlice.emptyObject.members {
            take(rid.string ?? "", .collection(collection.elements.map(\.text)))
        }
        for (rid, _) in set["errors"]?.members ?? JSONSlice.emptyObject.members {
            held[rid.string ?? ""] = .error
        }
    }

    private func take(_ rid: String, _ content: SimulatedService.Content) {
        if case .content? = held[rid] { complain("\(rid) was sent twice") }
        held[rid] = .content(content)
    }

    // MARK: What is kept

    private func reachable(from roots: [String]) -> Set<String> {
        var found: Set<String> = []
        var stack = roots
        while let rid = stack.popLast() {
            guard found.insert(rid).inserted else { continue }
            let values: [String]
            switch held[rid] {
            case .content(.model(let members)), .deleted(.model(let members)): values = Array(members.values)
            case .content(.collection(let all)), .deleted(.collection(let all)): values = all
            case .error, nil: continue
            }
            for value in values where value.hasPrefix("{\"rid\":") && !value.hasSuffix("\"soft\":true}") {
                stack.append((try? json(value))?["rid"]?.string ?? "")
            }
        }
        return found
    }

    /// Complains of what is to be held and is not.
    private func check(_ reachable: Set<String>) {
        for rid in reachable where held[rid] == nil { complain("\(rid) never came") }
    }

    /// Drops what no direct subscription leads to.
    private func collect() {
        let reachable = reachable(from: Array(direct.keys))
        check(reachable)
        held = held.filter { reachable.contains($0.key) }
    }

    private func complain(_ problem: String) {
        complaints.append(([problem] + log.suffix(60)).joined(separator: "\n"))
    }

    /// Compares what is held with what the service holds.
    func compare(with service: SimulatedService) {
        for (rid, item) in held {
            guard case .content(let content) = item else { continue }
            let right = service.content(of: rid).map { isOld ? $0.legacy : $0 }
            if right != content { complain("\(rid) is \(content.json), not \(right?.json ?? "gone")") }
        }
    }

    /// Whether soft references and data values come in the form of protocols before 1.2.1.
    private var isOld: Bool { version != "1.2.3" && version != "1.2.1" }
}
