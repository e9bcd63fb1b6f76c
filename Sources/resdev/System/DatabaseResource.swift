import RESProtocol
import Store

/// `$sys.database.<name>`: one database for the people who run the server. Methods run and explain SQL, take and restore
/// snapshots; the model says what there is.
final class DatabaseResource: SystemResource {
    let name: String
    /// Longest SQL text, in bytes.
    static let maximumSQL = 1 << 20
    private let store: Store
    private let publish: ([SystemEvent]) -> Void
    private var model = JSONObject()
    private var isAsking = false

    /// - Parameter publish: sends events that come late.
    init(_ store: Store, publish: @escaping ([SystemEvent]) -> Void) {
        name = "$sys.database.\(store.serviceName)"
        self.store = store
        self.publish = publish
        model.set("name", store.serviceName)
        model.set("snapshots", data: .array([]))
        model.set("changes", data: .emptyObject)
        model.set("canReset", flag: false)
        model.set("readOnly", flag: false)
    }

    func begin() { refresh() }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    func tick(isSecond: Bool) -> [SystemEvent] {
        if isSecond { refresh() }
        return []
    }

    /// Asks the database what there is, and tells what is different.
    private func refresh() {
        guard !isAsking else { return }
        isAsking = true
        store.administer(.overview) { [weak self] result in
            guard let self else { return }
            isAsking = false
            guard case .success(let overview) = result else { return }
            var now = model
            now.set("snapshots", data: overview["snapshots"] ?? .array([]))
            now.set("changes", data: overview["changes"] ?? .emptyObject)
            now.set("canReset", overview["canReset"] ?? .null)
            now.set("readOnly", overview["readOnly"] ?? .null)
            let changes = now.changes(since: model)
            model = now
            if let changes { publish([.change(changes, of: name)]) }
        }
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        do throws(RESError) {
            guard key == nil else { throw .notFound }
            store.administer(try DatabaseResource.request(method, params)) { [weak self] result in
                answer(result)
                self?.refresh()
            }
        } catch {
            answer(.failure(error))
        }
    }

    private static func request(_ method: String, _ params: JSONSlice) throws(RESError)
        -> AdministrationRequest
    {
        switch method {
        case "run":
            return .run(
                sql: try text("sql", of: params),
                mayWrite: params["write"]?.bool ?? false,
                isPlanWanted: params["plan"]?.bool ?? false
            )
        case "explain": return .explain(sql: try text("sql", of: params))
        case "snapshot": return .snapshot(name: try text("name", of: params))
        case "restore": return .restore(name: try text("name", of: params))
        case "forget": return .forget(name: try text("name", of: params))
        case "reset": return .reset
        default:
            throw .methodNotFound.saying("The methods are run, explain, snapshot, restore, forget and reset")
        }
    }

    private static func text(_ name: String, of params: JSONSlice) throws(RESError) -> String {
        guard let text = params[name]?.string, !text.isEmpty else {
            throw .invalidParams.saying("\(name) is wanted, a text")
        }
        guard text.utf8.count <= maximumSQL else {
            throw .invalidParams.saying("\(name) has at most \(maximumSQL) bytes")
        }
        return text
    }
}
