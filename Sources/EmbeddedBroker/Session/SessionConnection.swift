/// What a session asks of the connection it stands for.
protocol SessionConnection: AnyObject {
    /// Writes what is in the session's outbox, as far as it can be written now.
    func flushOutbox()

    /// Closes the connection after what is in the outbox, if that can be written within moments.
    func closeAfterFlush()

    /// Reads on, after the session asked to pause.
    func resumeReading()
}
