import NIOCore
import RESProtocol

@testable import Store

/// What a gateway would hold: copies of resources, kept current by events alone.
struct CopyKeeper {
    /// What the protocol has a gateway ask about a query event.
    struct Question {
        let subject: String
        let id: ResourceID
    }

    /// Whether it overlooks the ready answers in query events, and asks as any gateway does.
    let asks: Bool
    /// What is to be asked, in that order, before later events of the same name are applied.
    private(set) var questions: [Question] = []
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

    init(asks: Bool = false) { self.asks = asks }

    /// The query resources that are held, in the order of their names.
    var queryResources: [ResourceID] {
        (Array(collections.keys) + Array(queryModels.keys)).sorted { $0.text < $1.text }
    }

    /// Whether a query resource is held.
    func holds(_ id: ResourceID) -> Bool { collections[id] != nil || queryModels[id] != nil }

    /// Lets go of a query resource.
    mutating func drop(_ id: ResourceID) {
        collections[id] = nil
        queryModels[id] = nil
        questions.removeAll { $0.id == id }
    }

    /// Asks what there is to be asked.
    mutating func settle(_ ask: (_ subject: String, _ payload: String) -> String) {
        for question in questions {
            let payload = "{\"query\":\(JSONSlice(string: question.id.query ?? "").text)}"
            answered(question.id, ask(question.subject, payload))
        }
        questions = []
    }

    /// Takes the answer to a question (RES service protocol, "Query request").
    private mutating func answered(_ id: ResourceID, _ reply: String) {
        guard let response = ServiceResponse(decoding: ByteBuffer(string: reply)), holds(id) else { return }
        guard case .result(let result) = response.outcome else {
            if reply.contains("system.notFound") { drop(id) } else { problems.append("\(id): \(reply)") }
            return
        }
        if let events = result["events"].flatMap({ [ResourceEvent](decodingQueryEvents: $0) }) {
            for event in events { apply(event, to: id) }
            return
        }
        switch ResourceContent(decoding: result) {
        case .collection(let values)? where collections[id] != nil: collections[id] = values
        case .model(let members)? where queryModels[id] != nil:
            queryModels[id] = Dictionary(
                members.map { ($0.name, $0.value) },
                uniquingKeysWith: { _, last in last }
            )
        default: problems.append("\(id): \(reply)")
        }
    }

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
            guard !asks, let answers = query.answers else {
                let held = queryResources.filter { $0.name == name }
                questions += held.map { Question(subject: query.subject, id: $0) }
                return
            }
            for answer in answers {
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
        case .delete:
            collections[id] = nil
            queryModels[id] = nil
        default: problems.append("\(id): \(event) does not fit \(count) elements")
        }
    }
}
