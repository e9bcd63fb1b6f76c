import NIOCore
import RESProtocol

// Requests that change the broker: they are carried out in a turn of their own, since accounts and subscriptions may go.
extension SystemServices {
    /// A request that is answered later.
    struct LateRequest: Sendable {
        let subject: String
        let text: String
        let reply: String
    }

    /// Answers requests in a later turn of the loop.
    func addLater(_ subject: String, _ answer: @escaping (LateRequest) -> ByteBuffer) {
        add(subject) { [unowned self] publication in
            let request = LateRequest(publication)
            core.eventLoop.assumeIsolated().execute { self.send(answer(request), to: request.reply) }
            return nil
        }
    }

    /// Has the process read its configuration anew, and answers later whether that went well.
    func reload(_ publication: Publication) -> ByteBuffer? {
        let request = LateRequest(publication)
        guard let reload = core.reload else { return reloaded("there is no configuration file") }
        reload { problem in self.send(self.reloaded(problem), to: request.reply) }
        return nil
    }

    private func reloaded(_ problem: String?) -> ByteBuffer {
        JSONText.object(isIndented: false) { text in
            text.member("server", json: environment.serverBlock())
            guard let problem else { return }
            text.member("error") { text in
                text.member("code", 500)
                text.member("description", problem)
            }
        }
    }

    private func send(_ answer: ByteBuffer, to reply: String) {
        guard !reply.isEmpty else { return }
        _ = environment.router.publish(
            Message(subject: Subject(unchecked: reply), payload: answer),
            from: self
        )
        environment.router.flush()
    }
}

extension SystemServices.LateRequest {
    /// - Parameter publication: one that has been encoded.
    fileprivate init(_ publication: Publication) {
        let frame = publication.frame
        let bytes = publication.buffer.readableBytesUInt8Span
        let body = frame.body + frame.headerSize..<frame.body + frame.size
        subject = String(copying: bytes.extracting(frame.subject))
        text = String(copying: bytes.extracting(body))
        reply = String(copying: bytes.extracting(frame.reply))
    }
}
