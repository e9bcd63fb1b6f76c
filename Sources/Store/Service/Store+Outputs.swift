import Logging
import NIOCore
import RESProtocol

/// From what the database thread hands back to messages on the bus.
extension Store {
    func send(_ outputs: [StoreOutput]) {
        guard asked.isEmpty else {
            return publish(
                outputs.filter { output in
                    guard case .reply = output.kind,
                        let promise = asked.removeValue(forKey: output.subject.text)
                    else {
                        return true
                    }
                    promise.succeed(output.payload)
                    return false
                }
            )
        }
        publish(outputs)
    }

    private func publish(_ outputs: [StoreOutput]) {
        guard let bus else { return }
        for output in outputs where !bus.publish(output.subject, payload: output.payload) {
            replaceOversized(output, on: bus)
        }
    }

    /// What is larger than the bus takes cannot leave; who waits for it is told so.
    private func replaceOversized(_ output: StoreOutput, on bus: any MessageBus) {
        guard output.payload.readableBytes > bus.maximumPayload else { return }
        switch output.kind {
        case .reply:
            var payload = ByteBuffer()
            let size = output.payload.readableBytes
            let error = RESError.internalError.saying(
                "The answer has \(size) bytes, more than the \(bus.maximumPayload) that a message can hold"
            )
            ServiceResponse(.error(error)).encode(into: &payload)
            bus.publish(output.subject, payload: payload)
        case .event(let resource):
            bus.publish("system.reset", payload: Outbox.reset(resources: [resource], access: []))
        }
        logger.warning(
            "message is larger than the bus takes",
            metadata: ["subject": "\(output.subject)", "bytes": "\(output.payload.readableBytes)"]
        )
    }
}
