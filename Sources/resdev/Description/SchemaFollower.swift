import NIOCore
import RESProtocol
import WebServer

/// Keeps the OpenAPI description of all databases up to date by their schema resources. Confined to its bus's loop.
final class SchemaFollower {
    private let bus: any MessageBus
    private let services: [String]
    private let requester: Requester
    private let apiPath: String
    private var databases: [String: DatabaseDescription] = [:]
    private var document: ByteBuffer?

    /// - Parameter services: names of the services, encoded as in resource ids.
    init(_ services: [String], apiPath: String, bus: any MessageBus) {
        self.services = services
        self.apiPath = apiPath
        self.bus = bus
        var generator = SystemRandomNumberGenerator()
        requester = Requester(bus: bus, using: &generator)
    }

    /// Asks for the schemas, and again whenever one has changed. Completes with the first answers, or without one in time.
    func start() -> EventLoopFuture<Void> {
        let first = services.map { service in
            let answered = bus.eventLoop.makePromise(of: Void.self)
            ask(service) { answered.succeed() }
            for event in ["change", "delete"] {
                let pattern = SubjectPattern(unchecked: "event.\(service).$schema.\(event)")
                _ = bus.subscribe(to: pattern) { [self] _ in ask(service) {} }
            }
            return answered.futureResult
        }
        return EventLoopFuture.andAllSucceed(first, on: bus.eventLoop)
    }

    /// The description as it is now.
    var response: HTTPResponse {
        let body = document ?? write()
        let fields = [
            HTTPField.json, HTTPField("Cache-Control", "no-cache"),
            HTTPField("Access-Control-Allow-Origin", "*"),
        ]
        return HTTPResponse(200, fields: fields, body: body)
    }

    private func write() -> ByteBuffer {
        let known = services.compactMap { databases[$0] }
        let body = OpenAPIDocument(databases: known, apiPath: apiPath).json.bytes
        document = body
        return body
    }

    private func ask(_ service: String, _ completed: @escaping () -> Void) {
        let subject = Subject(unchecked: "get.\(service).$schema")
        requester.request(subject, payload: ByteBuffer(string: "{}"), timeout: .seconds(5)) {
            [self] outcome in
            defer { completed() }
            guard case .answer(let message) = outcome,
                let model = (try? JSONSlice(parsing: message.payload))?["result"]?["model"]
            else { return }
            databases[service] = DatabaseDescription(decoding: model)
            document = nil
        }
    }
}
