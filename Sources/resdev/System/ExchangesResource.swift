import EmbeddedBroker
import Gateway
import Glibc
import NIOCore
import RESProtocol
import Store

import struct NIOCore.ByteBuffer

/// `$sys.exchanges`: the live wire. A model of counts, with an event `rows` four times a second that carries what was
/// completed since, and the method `recent` for what was before.
final class ExchangesResource: SystemResource {
    let name = "$sys.exchanges"
    private let sources: SystemSources
    private let traffic: TrafficWatch
    private let recorder: ExchangeRecorder
    private var model = JSONObject()

    init(_ sources: SystemSources, traffic: TrafficWatch) {
        self.sources = sources
        self.traffic = traffic
        recorder = ExchangeRecorder(
            now: { NIODeadline.now().uptimeNanoseconds },
            wallTime: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
            }
        )
    }

    func begin() {
        sources.watch.add(recorder)
        sources.gatewayBus.observe(recorder)
        // What roles of this process publish is shown as parts of what they do it for.
        traffic.exchanges = { [recorder] publish in
            guard publish.clientID != nil, !publish.subject.hasPrefix("_INBOX.") else { return }
            recorder.clientPublished(publish)
        }
        for store in sources.stores { store.trace { [recorder] in recorder.statementsRan($0) } }
        model = current
    }

    func end() {
        sources.watch.remove(recorder)
        sources.gatewayBus.unobserve(recorder)
        traffic.exchanges = nil
        for store in sources.stores { store.trace(nil) }
        recorder.reset()
    }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    func tick(isSecond: Bool) -> [SystemEvent] {
        let rows = recorder.take()
        let model = current
        defer { self.model = model }
        var events = model.changes(since: self.model).map { [SystemEvent.change($0, of: name)] } ?? []
        if !rows.isEmpty {
            var payload = ByteBuffer(string: "{\"rows\":")
            payload.writeJSON(.array(rows))
            payload.writeString("}")
            events.append(SystemEvent("rows", of: name, payload))
        }
        return events
    }

    private var current: JSONObject {
        var model = JSONObject()
        model.set("seen", integer: recorder.seen)
        model.set("skipped", integer: recorder.skipped)
        return model
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        guard key == nil, method == "recent" else {
            return answer(.failure(.methodNotFound.saying("\(name) has the method recent")))
        }
        answer(.success(.array(recorder.recent)))
    }
}
