import RESProtocol

import struct NIOCore.ByteBuffer

/// What a message on the bus asks of the store.
enum StoreRequest {
    case get(ResourceID)
    case call(resource: String, method: String, params: JSONSlice?)
    /// A gateway's question about a query event.
    case query(event: UInt64, resource: String, query: String)
    case auth(method: String)

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
        let request: ServiceRequest?
        do throws(JSONError) {
            request = try ServiceRequest(subject: message.subject, payload: message.payload)
        } catch {
            throw .internalError.saying("The request is no JSON: \(error)")
        }
        guard let request else { throw .notFound }
        switch request.kind {
        case .get, .access: self = .get(request.resource)
        case .call(let method):
            self = .call(resource: request.resource.name, method: method, params: request.params)
        case .auth(let method): self = .auth(method: method)
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
