import Logging
import NIOCore
import RESProtocol

/// The services as the message bus reaches them, and the loop's clock.
final class BusServices: ServicePort {
    private let bus: any MessageBus
    private let requester: Requester
    private let timeout: TimeAmount
    private let logger: Logger
    /// Runs at the time that the cache asked for.
    var wake: (() -> Void)?
    private var timer: (task: Scheduled<Void>, time: UInt64)?

    /// Bytes that NATS servers take in the control line of a request: its subject, the inbox, and the payload's size.
    static let maximumControlLine = 4096
    /// Room for the payload of a usual request, in bytes.
    private static let usualPayload = 96
    /// Bytes of the longest size of a payload, and of the blanks between the three.
    private static let sizeLength = 12

    init(bus: any MessageBus, timeout: TimeAmount, logger: Logger) {
        self.bus = bus
        self.timeout = timeout
        self.logger = logger
        var generator = SystemRandomNumberGenerator()
        requester = Requester(bus: bus, using: &generator)
    }

    var now: UInt64 { bus.eventLoop.now.uptimeNanoseconds }

    func send(_ request: ServiceRequest, completion: @escaping (ServiceAnswer) -> Void) {
        var payload = ByteBuffer()
        // A get request has two bytes, most others fit.
        if request.kind == .get {
            payload.reserveCapacity(16)
        } else {
            payload.reserveCapacity(BusServices.usualPayload)
        }
        request.encode(into: &payload)
        send(to: request.subject.text, payload: payload, completion: completion)
    }

    func send(to subject: String, payload: ByteBuffer, completion: @escaping (ServiceAnswer) -> Void) {
        let length = subject.utf8.count + requester.replyLength + BusServices.sizeLength
        guard length <= BusServices.maximumControlLine else {
            // What asks may not be ready for an answer before this call returns.
            bus.eventLoop.assumeIsolated().execute { completion(.failure(.subjectTooLong)) }
            return
        }
        requester.request(Subject(unchecked: subject), payload: payload, timeout: timeout) { [bus] outcome in
            completion(ServiceAnswer(outcome, maximumPayload: bus.maximumPayload))
        }
    }

    func listen(to name: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        listen("event.\(name)", receive)
    }

    func listen(toConnection id: String, receive: @escaping (String, ByteBuffer) -> Void) -> BusSubscription {
        listen("conn.\(id)", receive)
    }

    private func listen(
        _ prefix: String,
        _ receive: @escaping (String, ByteBuffer) -> Void
    ) -> BusSubscription {
        let length = prefix.utf8.count + 1
        return bus.subscribe(to: SubjectPattern(unchecked: prefix + ".*")) { message in
            receive(String(message.subject.text.utf8.dropFirst(length)) ?? "", message.payload)
        }
    }

    func stopListening(_ subscription: BusSubscription) {
        bus.unsubscribe(subscription)
    }

    func wakeCache(at time: UInt64) {
        if let timer {
            guard time < timer.time else { return }
            timer.task.cancel()
        }
        let deadline = NIODeadline.uptimeNanoseconds(time)
        let task = bus.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] () -> Void in
            self?.timer = nil
            self?.wake?()
        }
        timer = (task, time)
    }

    func report(_ problem: String, _ subject: String) {
        logger.error("broken rule", metadata: ["subject": "\(subject)", "problem": "\(problem)"])
    }

    /// Ends all requests and timers.
    func stop() {
        timer?.task.cancel()
        timer = nil
        wake = nil
        requester.stop()
    }
}

extension ServiceAnswer {
    fileprivate init(_ outcome: Requester.Outcome, maximumPayload: Int) {
        switch outcome {
        case .answer(let message): self = .payload(message.payload)
        case .noResponders: self = .failure(.notFound)
        case .timedOut: self = .failure(.timeout)
        case .disconnected: self = .failure(.serviceUnavailable)
        case .tooLarge:
            let problem = "the request exceeds the message bus's limit of \(maximumPayload) bytes"
            self = .failure(.invalidRequest.saying("Invalid request: \(problem)"))
        }
    }
}
