import NIOCore
import RESProtocol

@testable import Store

/// What a gateway would hold: copies of resources, kept current by events alone.
struct CopyKeeper {
    /// Collections by resource name and normalised query.
    private(set) var collections: [ResourceID: [ResourceValue]] = [:]
    /// Models by resource name.
    private(set) var models: [String: [String: ResourceValue]] = [:]
    /// Models that have a query, by name and normalised query.
    private(set) var queryModels: [ResourceID: [String: ResourceValue]] = [:]
    /// What did not fit; a correct store leaves this empty.
    private(set) var problems: [String] = []
    /// Whether everything has to be asked for anew.
    private(set) var isReset = false

    /// Takes the reply to a get of a collection.
    mutating func hold(collection name: String, _ reply: String) {
        guard let response = ServiceResponse(decoding: ByteBuffer(string: reply)),
            case .result(let result) = response.outcome, let query = result["query"]?.string,
            case .collection(let values)? = ResourceContent(decoding: result)
        else {
            problems.append("\(name): \(reply)")
            return
        }
        let id = ResourceID(unchecked: name, query: query)
        if let held = collections[id], held != values {
            problems.append("\(id): the answer differs from the copy")
        }
        collections[id] = values
    }

    /// Takes the reply to a get of a model.
    mutating func hold(model name: String, _ reply: String) {
        guard let response = ServiceResponse(decoding: ByteBuffer(string: reply)),
            case .result(let result) = response.outcome,
            case .model(let members)? = ResourceContent(decoding: result)
        else { return }
        models[name] = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Takes the reply to a get of a model that has a query.
    mutating func hold(queryModel name: String, _ reply: String) {
        guard let response = ServiceResponse(decoding: ByteBuffer(string: reply)),
            case .result(let result) = response.outcome, let query = result["query"]?.string,
            case .model(let members)? = ResourceContent(decoding: result)
        else {
            problems.append("\(name): \(reply)")
            return
        }
        let model = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
        let id = ResourceID(unchecked: name, query: query)
        if let held = queryModels[id], held != model {
            problems.append("\(id): the answer differs from the copy")
        }
        queryModels[id] = model
    }

    /// Drops every copy.
    mutating func dropAll() {
        collections = [:]
        models = [:]
        queryModels = [:]
        isReset = false
    }

    /// Takes a line that the store has sent.
    mutating func receive(_ line: String) {
        let parts = line.split(separator: " ", maxSplits: 1)
        if parts[0] == "system.reset" { isReset = true }
        guard parts[0].hasPrefix("event.") else { return }
        let name = parts[0].dropFirst("event.".count)
        guard let dot = name.lastIndex(of: ".") else { return }
        let payload = parts.count > 1 ? try? JSONSlice(parsing: String(parts[1])) : nil
        guard let event = ResourceEvent(name: String(name[name.index(after: dot)...]), payload: payload)
        else {
            problems.append("no event: \(line)")
            return
        }
        apply(event, to: String(name[..<dot]))
    }

    private mutating func apply(_ event: ResourceEvent, to name: String) {
        switch event {
        case .change(let members):
            guard models[name] != nil else { return }
            for member in members {
                if models[name]?[member.name] == member.value {
                    problems.append("\(name): \(member.name) is no change")
                }
                models[name]?[member.name] = member.value
            }
        case .delete: models[name] = nil
        case .query(let query):
            for answer in query.answers ?? [] {
                let id = ResourceID(unchecked: name, query: answer.query)
                guard collections[id] != nil || queryModels[id] != nil else { continue }
                for event in answer.events { apply(event, to: id) }
            }
        default: break
        }
    }

    private mutating func apply(_ event: ResourceEvent, to id: ResourceID) {
        let count = collections[id]?.count ?? 0
        switch event {
        case .add(let value, let index) where index <= count: collections[id]?.insert(value, at: index)
        case .remove(let index) where index < count: collections[id]?.remove(at: index)
        case .change(let members) where queryModels[id] != nil:
            for member in members {
                if queryModels[id]?[member.name] == member.value {
                    problems.append("\(id): \(member.name) is no change")
                }
                queryModels[id]?[member.name] = member.value
            }
        case .delete: queryModels[id] = nil
        default: problems.append("\(id): \(event) does not fit \(count) elements")
        }
    }
}
