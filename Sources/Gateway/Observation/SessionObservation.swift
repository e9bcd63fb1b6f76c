import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// What a client's requests and answers are told to an observer as; called only while there is one.
extension ClientSession {
    /// What a request asks for; nil for what is not worth a look: the version, and what is malformed.
    func exchange(of request: ClientRequest) -> ClientExchange? {
        switch request.kind {
        case .version, .invalid: nil
        case .subscribe(let rid): exchange(request.id, "subscribe", rid)
        case .unsubscribe(let rid, _): exchange(request.id, "unsubscribe", rid)
        case .get(let rid): exchange(request.id, "get", rid)
        case .call(let rid, let method, let params): exchange(request.id, "call", rid, method, params)
        case .auth(let rid, let method, let params): exchange(request.id, "auth", rid, method, params)
        case .new(let rid, let params): exchange(request.id, "new", rid, "new", params)
        }
    }

    private func exchange(
        _ number: UInt64,
        _ action: String,
        _ rid: String,
        _ method: String? = nil,
        _ params: JSONSlice? = nil
    ) -> ClientExchange {
        ClientExchange(
            transport: .ws,
            connection: id,
            number: number,
            action: action,
            method: method,
            resource: rid,
            params: params,
            client: describeClient().remoteAddress
        )
    }

    /// Tells the observer of an answer; `message` may be an event, of which it is told elsewhere.
    func observe(answer message: ByteBuffer) {
        guard let observer = context.observer, let body = try? JSONSlice(parsing: message),
            let number = body["id"].flatMap({ UInt64($0.text) })
        else { return }
        let error = body["error"].map { $0["code"]?.string ?? "" }
        observer.requestEnded(
            ClientExchange.Answer(
                connection: id,
                number: number,
                status: nil,
                error: error,
                bytes: message.readableBytes
            )
        )
    }

    /// Has access to everything that the client has asked for anew.
    func reaccessAll() {
        for (_, subscription) in subscriptions.sorted(by: { $0.key < $1.key }) { reaccess(subscription) }
        settle()
    }
}

extension APIHandler {
    /// An HTTP request as it is told to observers.
    func exchange(of request: HTTPRequest, _ resource: String, number: UInt64, from address: String)
        -> ClientExchange
    {
        ClientExchange(
            transport: .http,
            connection: "",
            number: number,
            action: request.method.description,
            method: nil,
            resource: resource,
            params: request.body.readableBytes > 0 ? try? JSONSlice(parsing: request.body) : nil,
            client: address
        )
    }
}
