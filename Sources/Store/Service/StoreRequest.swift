import RESProtocol

import struct NIOCore.ByteBuffer

/// What a message on the bus asks of the store.
enum StoreRequest {
    case get(ResourceID)
    case call(resource: String, method: String, params: JSONSlice?, token: JSONSlice?)
    case access(ServiceRequest)
    /// A gateway's question about a query event.
    case query(event: UInt64, resource: String, query: String)
    /// The bytes of a column, whose name is encoded; from within the process.
    case blob(resource: String, column: String)
    case auth(AuthenticationRequest)

    /// Reads a message.
    ///
    /// - Throws: what to answer to a message that is none of these, or has no JSON object in it.
    init(_ message: Message, queryEvents: QueryEventLog) throws(RESError) {
        if let (event, resource) = queryEvents.event(of: message.subject) {
            let body = try? JSONSlice(parsing: message.payload)
            guard let query = body?["query"]?.string else {
                throw .internalError.saying("A query request has no query")
            }
            self = .query(event: event, resource: resource, query: query)
            return
        }
        if let (resource, column) = BlobQuestion.place(message.subject) {
            self = .blob(resource: resource, column: column)
            return
        }
        let request: ServiceRequest?
        do throws(JSONError) {
            request = try ServiceRequest(subject: message.subject, payload: message.payload)
        } catch {
            throw .internalError.saying("The request is no JSON: \(error)")
        }
        guard let request else { throw .notFound }
        switch request.kind {
        case .get: self = .get(request.resource)
        case .access: self = .access(request)
        case .call(let method):
            let resource = request.resource.name
            guard resource.hasSuffix(".$auth") else {
                self = .call(
                    resource: resource,
                    method: method,
                    params: request.params,
                    token: request.token
                )
                return
            }
            self = .auth(AuthenticationRequest(request, method, message, isCall: true))
        case .auth(let method):
            guard request.resource.name.hasSuffix(".$auth") else {
                throw .methodNotFound.saying("No auth method \(method) on \(request.resource.name)")
            }
            self = .auth(AuthenticationRequest(request, method, message, isCall: false))
        }
    }
}

/// A message that the store sends.
struct StoreOutput: Sendable {
    enum Kind: Sendable {
        case reply
        /// An event of the resource with this name.
        case event(resource: String)
    }

    let kind: Kind
    let subject: Subject
    let payload: ByteBuffer
}

extension AuthenticationRequest {
    /// Reads what a request says of the client (RES service protocol, "Auth request").
    fileprivate init(_ request: ServiceRequest, _ method: String, _ message: Message, isCall: Bool) {
        let body = isCall ? nil : try? JSONSlice(parsing: message.payload)
        let remote = body?["remoteAddr"]?.string ?? ""
        let colon = remote.lastIndex(of: ":")
        self.init(
            method: method,
            connection: isCall ? nil : request.connectionID,
            token: request.token,
            params: request.params,
            authorization: body?["header"]?["Authorization"]?.elements.compactMap(\.string) ?? [],
            address: String(colon.map { remote[..<$0] } ?? remote[...]),
            reply: message.reply
        )
    }
}
