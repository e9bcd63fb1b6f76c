import WebServer

import struct NIOCore.ByteBuffer

/// A client's output of which the tracer is told.
final class TracedOutput: ClientOutput {
    private let output: any ClientOutput
    private let connection: String
    private let tracer: MessageTracer

    /// - Parameter connection: the connection id.
    init(_ output: any ClientOutput, connection: String, tracer: MessageTracer) {
        self.output = output
        self.connection = connection
        self.tracer = tracer
    }

    func send(_ text: consuming ByteBuffer) {
        tracer.sent(text, to: connection)
        output.send(text)
    }

    func send(frame: SharedFrame) {
        tracer.sent(frame.payload, to: connection)
        output.send(frame: frame)
    }

    func close(code: UInt16, reason: String) {
        output.close(code: code, reason: reason)
    }

    func abort() { output.abort() }

    func hold(_ isHeld: Bool) { output.hold(isHeld) }

    var traffic: ClientTraffic { output.traffic }
}
