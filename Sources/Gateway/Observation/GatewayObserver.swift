package import RESProtocol

/// Who watches what clients ask a gateway for; there mostly is none, and then a request costs one branch more.
///
/// Called on the gateway's loop. What a gateway asks of services between `requestBegan` and `requestDispatched` it asks
/// for that request.
package protocol GatewayObserver: AnyObject {
    /// A client has asked for something.
    func requestBegan(_ request: ClientExchange)

    /// The gateway has done for now what the last request began with.
    func requestDispatched()

    /// A request is answered, or its client is gone.
    func requestEnded(_ answer: ClientExchange.Answer)

    /// An event of a resource was handed to those who follow it.
    func eventDelivered(resource: String, event: String, clients: Int)
}

/// What a client asks for, over HTTP or WebSocket, as observers see it.
package struct ClientExchange {
    package enum Transport: String, Sendable {
        case http, ws
    }

    /// How it came.
    package let transport: Transport
    /// The connection id, and the number of the request on it.
    package let connection: String
    package let number: UInt64
    /// `GET` and the like over HTTP; `subscribe`, `get`, `call`, `auth` and the like over WebSocket.
    package let action: String
    /// The method that is called, where one is.
    package let method: String?
    /// The resource id with its query; the path of an HTTP request that names none.
    package let resource: String
    package let params: JSONSlice?
    /// The client's address and port.
    package let client: String

    /// The resource id without the query.
    package var name: Substring { resource.prefix { $0 != "?" } }

    /// How a request ended.
    package struct Answer {
        package let connection: String
        package let number: UInt64
        /// The status of an answer over HTTP.
        package let status: Int?
        /// The code of the error; nil for success.
        package let error: String?
        /// Size of the answer in bytes.
        package let bytes: Int
    }
}
