import RESProtocol

import struct NIOCore.ByteBuffer

/// Services of whose messages the tracer is told.
final class TracedServices: ServicePort {
    private let services: any ServicePort
    private let tracer: MessageTracer
    private var patterns: [BusSubscription: String] = [:]

    init(_ services: any ServicePort, tracer: MessageTracer) {
        self.services = services
        self.tracer = tracer
    }

    var now: UInt64 { services.now }

    func send(_ request: ServiceRequest, completion: @escaping (ServiceAnswer) -> Void) {
        var payload = ByteBuffer()
        request.encode(into: &payload)
        let id = tracer.requested(request.subject.text, payload)
        services.send(request) { [tracer] answer in
            tracer.answered(id, answer)
            completion(answer)
        }
    }

    func send(to subject: String, payload: ByteBuffer, completion: @escaping (ServiceAnswer) -> Void) {
        let id = tracer.requested(subject, payload)
        services.send(to: subject, payload: payload) { [tracer] answer in
            tracer.answered(id, answer)
            completion(answer)
        }
    }

    func listen(to name: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        let subject = "event.\(name)"
        return noted(subject, services.listen(to: name, receive: traced(subject, receive)))
    }

    func listen(toConnection id: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        let subject = "conn.\(id)"
        return noted(subject, services.listen(toConnection: id, receive: traced(subject, receive)))
    }

    private func traced(
        _ subject: String,
        _ receive: @escaping (String, ByteBuffer) -> Void
    ) -> (String, ByteBuffer) -> Void {
        { [tracer] event, payload in
            tracer.event("\(subject).\(event)", payload)
            receive(event, payload)
        }
    }

    private func noted(_ subject: String, _ subscription: BusSubscription) -> BusSubscription {
        patterns[subscription] = "\(subject).*"
        tracer.subscribed("\(subject).*")
        return subscription
    }

    func stopListening(_ subscription: BusSubscription) {
        if let pattern = patterns.removeValue(forKey: subscription) { tracer.unsubscribed(pattern) }
        services.stopListening(subscription)
    }

    func wakeCache(at time: UInt64) { services.wakeCache(at: time) }

    func report(_ problem: String, _ subject: String) { services.report(problem, subject) }
}
