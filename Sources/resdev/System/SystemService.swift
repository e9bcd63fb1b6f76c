import Logging
import NIOCore
import RESProtocol

/// The service of the live resources below `$sys`, on a bus of its own: what it does is on no bus that others join, so
/// nothing but the gateway reaches it, and it does not see itself in what it shows.
final class SystemService {
    /// The name below which its resources are.
    static let root = "$sys"

    private let broker: any SystemInterest
    private let bus: any MessageBus
    private let resources: [any SystemResource]
    private var followed: Set<String> = []
    private var subscriptions: [BusSubscription] = []
    private var timer: RepeatingTimer?
    private var ticks = 0

    /// How often followed resources are looked at.
    private static let interval = TimeAmount.milliseconds(250)

    /// - Parameter resources: every one with a name of its own.
    init(bus: any MessageBus, interest: any SystemInterest, resources: [any SystemResource]) {
        self.bus = bus
        broker = interest
        // The longest name first: a name that starts with another's is found before it.
        self.resources = resources.sorted { $0.name.utf8.count > $1.name.utf8.count }
    }

    /// Serves from now on.
    func start() {
        let root = SystemService.root
        for pattern in [
            "get.\(root)", "get.\(root).>", "call.\(root).>", "access.\(root)", "access.\(root).>",
        ] {
            subscriptions.append(
                bus.subscribe(to: SubjectPattern(unchecked: pattern)) { [unowned self] in received($0) }
            )
        }
    }

    /// Ends everything.
    func stop() {
        for subscription in subscriptions { bus.unsubscribe(subscription) }
        subscriptions = []
        timer?.cancel()
        timer = nil
        for resource in resources where followed.contains(resource.name) { resource.end() }
        followed = []
    }

    private func received(_ message: Message) {
        guard let reply = message.reply else { return }
        guard let request = try? ServiceRequest(subject: message.subject, payload: message.payload) else {
            return answer(reply, .failure(.invalidParams.saying("The request is not of its form")))
        }
        let name = request.resource.name
        guard let resource = resources.first(where: { name == $0.name || name.hasPrefix($0.name + ".") })
        else {
            return answer(reply, .failure(.notFound.saying("There is no \(name)")))
        }
        let key = name.count > resource.name.count ? String(name.dropFirst(resource.name.count + 1)) : nil
        switch request.kind {
        // Who may come here is decided by the gateway, which alone knows where a client comes from.
        case .access: answer(reply, .success(JSONSlice(unchecked: SystemService.grant)))
        case .get:
            follow(resource)
            answer(reply, resource.content(key).map { .success($0) } ?? .failure(.notFound))
        case .call(let method):
            resource.call(key, method, request.params ?? .emptyObject) { [weak self] in
                self?.answer(reply, $0)
            }
        case .auth(let method):
            answer(reply, .failure(.methodNotFound.saying("No auth method \(method)")))
        }
    }

    private static let grant = ByteBuffer(string: "{\"get\":true,\"call\":\"*\"}")

    private func answer(_ reply: Subject, _ result: Result<JSONSlice, RESError>) {
        var payload = ByteBuffer()
        switch result {
        case .success(let value): ServiceResponse(.result(value)).encode(into: &payload)
        case .failure(let error): ServiceResponse(.error(error)).encode(into: &payload)
        }
        bus.publish(reply, payload: payload)
    }

    /// Publishes events at once, past the clock.
    func publish(_ events: [SystemEvent]) {
        for event in events { bus.publish(event.subject, payload: event.payload) }
    }

    private func follow(_ resource: any SystemResource) {
        guard followed.insert(resource.name).inserted else { return }
        resource.begin()
        guard timer == nil else { return }
        timer = RepeatingTimer(every: SystemService.interval, on: bus.eventLoop) { [weak self] in self?.tick()
        }
    }

    private func tick() {
        ticks += 1
        for resource in resources where followed.contains(resource.name) {
            if broker.hasInterest(in: Subject(unchecked: "event.\(resource.name).change")) {
                publish(resource.tick(isSecond: ticks.isMultiple(of: 4)))
            } else {
                followed.remove(resource.name)
                resource.end()
            }
        }
        if followed.isEmpty {
            timer?.cancel()
            timer = nil
        }
    }
}

/// Who knows whether anyone listens.
protocol SystemInterest: AnyObject {
    func hasInterest(in subject: Subject) -> Bool
}
