package import RESProtocol

package import struct NIOCore.ByteBuffer

/// The way from the gateway's machines to the services, and their only sense of time.
///
/// No closure that is handed over runs inside the call it was handed to, so a machine may change its own state while
/// it asks.
package protocol ServicePort: AnyObject {
    /// Now, in nanoseconds of a clock that never goes back.
    var now: UInt64 { get }

    /// Sends a request; `completion` runs exactly once.
    func send(_ request: ServiceRequest, completion: @escaping (ServiceAnswer) -> Void)

    /// Sends a request to a subject that a service named.
    func send(to subject: String, payload: ByteBuffer, completion: @escaping (ServiceAnswer) -> Void)

    /// Receives the events of one resource, `event.<name>.*`, from the call on: what is published later is never missed.
    func listen(to name: String, receive: @escaping (_ event: String, _ payload: ByteBuffer) -> Void)
        -> BusSubscription

    /// Receives the events of one connection, `conn.<cid>.*`.
    func listen(toConnection id: String, receive: @escaping (_ event: String, _ payload: ByteBuffer) -> Void)
        -> BusSubscription

    /// Ends what `listen` began.
    func stopListening(_ subscription: BusSubscription)

    /// Asks for `ResourceCache.wake()` at a time; the earliest of several counts.
    func wakeCache(at time: UInt64)

    /// Tells people of something that a service or a client did wrong.
    func report(_ problem: String, _ subject: String)
}

/// What became of a request to a service.
package enum ServiceAnswer {
    /// The answer as it came.
    case payload(ByteBuffer)
    /// There is none, or none that was waited for: not found, timeout, too long, unavailable.
    case failure(RESError)

    /// Whether a service has answered.
    var isAnswered: Bool {
        if case .payload = self { true } else { false }
    }

    /// The answer read; a broken one is the service's internal error.
    package var response: ServiceResponse {
        switch self {
        case .payload(let payload):
            ServiceResponse(decoding: payload) ?? ServiceResponse(.error(.invalidServiceResponse))
        case .failure(let error): ServiceResponse(.error(error))
        }
    }

    /// What the answer gives, where only a plain result or an error makes sense.
    var result: Result<JSONSlice, RESError> {
        switch response.outcome {
        case .result(let result) where !result.isNull: .success(result)
        case .result, .resource: .failure(.missingResult)
        case .error(let error): .failure(error)
        }
    }
}
