import EmbeddedBroker
import Gateway
import Glibc
import RESProtocol
import Store

/// `$sys`: what runs here, and how busy it is. A model.
final class OverviewResource: SystemResource {
    let name = SystemService.root
    private let sources: SystemSources
    private let chaos: ChaosResource
    private var model = JSONObject()
    private var usage = ProcessUsage.current
    private var processor = 0.0

    init(_ sources: SystemSources, chaos: ChaosResource) {
        self.sources = sources
        self.chaos = chaos
    }

    func begin() {
        usage = .current
        model = current
    }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    func tick(isSecond: Bool) -> [SystemEvent] {
        guard isSecond else { return [] }
        let now = ProcessUsage.current
        processor = Double(now.cpuMicroseconds - usage.cpuMicroseconds) / 10_000
        usage = now
        let model = current
        defer { self.model = model }
        return model.changes(since: self.model).map { [.change($0, of: name)] } ?? []
    }

    private var current: JSONObject {
        var model = JSONObject()
        model.set("version", resdevVersion)
        model.set("pid", integer: getpid())
        model.set("uptime", integer: sources.uptime)
        model.set("memory", integer: usage.memory)
        model.set("cpu", number: processor)
        model.set("databases", data: .array(sources.stores.map { JSONSlice(string: $0.serviceName) }))
        model.set("nats", sources.busAddress)
        model.set("broker", flag: sources.broker != nil)
        let size = sources.gateway?.size
        model.set("webSockets", integer: size?.clients)
        model.set("connections", integer: size?.connections)
        model.set("resources", integer: size?.resources)
        model.set("natsClients", integer: sources.broker?.clients.count)
        model.set("chaos", data: .array(chaos.descriptions.map { JSONSlice(string: $0) }))
        return model
    }
}
