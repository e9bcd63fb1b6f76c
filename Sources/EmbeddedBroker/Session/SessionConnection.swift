/// What a session asks of the connection it stands for.
protocol SessionConnection: AnyObject {
    /// Writes what is in the session's outbox, as far as it can be written now.
    func flushOutbox()

    /// Closes the connection after what is in the outbox, if that can be written within moments.
    ///
    /// - Parameter lingering: whether the client has moments to read it. What it sends meanwhile is dropped; were the
    ///   connection closed with that unread, the system would take back what was written.
    func closeAfterFlush(lingering: Bool)

    /// Reads no more until `resumeReading`.
    func pauseReading()

    /// Reads on, after the session asked to pause.
    func resumeReading()
}
