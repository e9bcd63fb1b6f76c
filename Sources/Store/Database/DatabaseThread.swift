import Glibc
import RESProtocol
import Synchronization

/// The thread that owns the database, and the mailbox in front of it.
///
/// Messages of one loop turn arrive as a batch and are handled as one; the answers go back as one list, in order.
/// While nothing arrives, the thread sleeps in `poll` until its mailbox, the database file or a deadline wakes it.
///
/// `@unchecked Sendable`: `mailbox` is guarded by its mutex, the pipe's ends are descriptors that the kernel guards, and `engine` and `watch` are used by the one thread that `start` makes.
final class DatabaseThread: @unchecked Sendable {
    /// Where results go; called on the database thread.
    typealias Deliver = @Sendable ([StoreOutput]) -> Void

    private struct Mailbox {
        var messages: [Message] = []
        /// Passwords that were checked.
        var verdicts: [PasswordVerdict] = []
        /// What else is to be done with the engine.
        var works: [@Sendable (StoreEngine) -> Void] = []
        var isStopping = false
        /// Whether the thread sleeps, or is about to, so that it has to be woken.
        var isSleeping = false
        var onStopped: (@Sendable () -> Void)?
    }

    private let mailbox = Mutex(Mailbox())
    /// The ends of a pipe: written to where a sleeping thread has to be woken.
    private let wakeUp: Int32
    private let waker: Int32
    /// Given up when the thread ends, which closes the database.
    private var engine: StoreEngine?
    private let watch: FileWatch?
    private let deliver: Deliver
    /// Passwords that are being checked; touched by the thread alone.
    private var runningChecks = 0
    /// Passwords that are checked at once: each takes tens of milliseconds of a core, and some memory.
    private static let maximumChecks = 2

    init(_ engine: StoreEngine, watch: FileWatch?, deliver: @escaping Deliver) {
        self.engine = engine
        self.watch = watch
        self.deliver = deliver
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeUp, waker) = (ends[0], ends[1])
    }

    deinit {
        close(wakeUp)
        close(waker)
    }

    /// Starts the thread; it keeps itself alive until it is stopped.
    ///
    /// - Returns: whether the system had a thread to give.
    func start() -> Bool {
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                if let context {
                    Unmanaged<DatabaseThread>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Hands messages over; false, with none taken, when more than `limit` would wait.
    func send(_ messages: [Message], limit: Int) -> Bool {
        let wasSleeping: Bool? = mailbox.withLock { mailbox in
            guard !mailbox.isStopping, mailbox.messages.count + messages.count <= limit else { return nil }
            mailbox.messages += messages
            defer { mailbox.isSleeping = false }
            return mailbox.isSleeping
        }
        if wasSleeping == true { wake() }
        return wasSleeping != nil
    }

    /// Has something done with the engine, after what was handed over before.
    func perform(_ work: @escaping @Sendable (StoreEngine) -> Void) {
        let wasSleeping = mailbox.withLock { mailbox in
            mailbox.works.append(work)
            defer { mailbox.isSleeping = false }
            return mailbox.isSleeping
        }
        if wasSleeping { wake() }
    }

    /// Ends the thread when everything handed over before is answered.
    ///
    /// - Parameter onStopped: called on the database thread, after the last results were delivered.
    func stop(onStopped: @escaping @Sendable () -> Void) {
        mailbox.withLock { mailbox in
            mailbox.isStopping = true
            mailbox.onStopped = onStopped
        }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 0
        _ = write(waker, &byte, 1)
    }

    private func run() {
        if let engine { run(engine) }
        engine = nil
        mailbox.withLock { $0.onStopped }?()
    }

    private func run(_ engine: StoreEngine) {
        var pace = PollPace()
        while true {
            let (messages, verdicts, works, isStopping) = take()
            let now = DatabaseThread.now()
            if engine.authentication != nil { engine.unixTime = Int64(time(nil)) }
            for verdict in verdicts { engine.finish(verdict, now: now) }
            runningChecks -= verdicts.count
            if engine.isReopened {
                watch?.watch()
                engine.isReopened = false
            }
            for work in works { work(engine) }
            if !messages.isEmpty || !verdicts.isEmpty || !works.isEmpty {
                hand(engine.process(messages, now: now))
                startChecks(engine)
                if engine.hasCommitted {
                    engine.hasCommitted = false
                    // What the file watch reports now is mostly our own writing. If it is not, the next transaction
                    // finds it, or the next look at the file, at most a millisecond from now.
                    if watch?.drain() == true { pace.written(now: now) }
                }
                continue
            }
            if isStopping { break }
            let woken = sleep(
                pace.timeout(now: now, deadline: engine.nextDeadline, isWatching: watch != nil)
            )
            if woken.byFile, watch?.drain() == true { pace.written(now: DatabaseThread.now()) }
            // Requests find other processes' changes themselves.
            if woken.byMailbox { continue }
            if watch != nil || engine.nextDeadline != nil { hand(engine.tick(now: DatabaseThread.now())) }
        }
        hand(engine.finish(now: DatabaseThread.now()))
    }

    private func hand(_ outputs: [StoreOutput]) {
        if !outputs.isEmpty { deliver(outputs) }
    }

    private func take() -> (
        messages: [Message], verdicts: [PasswordVerdict], works: [@Sendable (StoreEngine) -> Void],
        isStopping: Bool
    ) {
        mailbox.withLock { mailbox in
            let taken = (mailbox.messages, mailbox.verdicts, mailbox.works, mailbox.isStopping)
            mailbox.isSleeping = taken.0.isEmpty && taken.1.isEmpty && taken.2.isEmpty && !taken.3
            mailbox.messages = []
            mailbox.verdicts = []
            mailbox.works = []
            return taken
        }
    }

    /// Has passwords checked beside this thread, a few at a time; the others wait.
    private func startChecks(_ engine: StoreEngine) {
        guard let authentication = engine.authentication else { return }
        while runningChecks < DatabaseThread.maximumChecks, !authentication.checks.isEmpty {
            runningChecks += 1
            let check = authentication.checks.removeFirst()
            PasswordThread.run(check) { [self] verdict in
                let wasSleeping = mailbox.withLock { mailbox in
                    mailbox.verdicts.append(verdict)
                    defer { mailbox.isSleeping = false }
                    return mailbox.isSleeping
                }
                if wasSleeping { wake() }
            }
        }
    }

    /// Sleeps until the mailbox or the database file wakes the thread, or for a number of milliseconds; -1 is for ever.
    ///
    /// - Returns: what woke it; neither when the time has passed.
    private func sleep(_ milliseconds: Int32) -> (byMailbox: Bool, byFile: Bool) {
        var descriptors = (
            pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
        )
        withUnsafeMutableBytes(of: &descriptors) { bytes in
            _ = poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 2, milliseconds)
        }
        mailbox.withLock { $0.isSleeping = false }
        if descriptors.0.revents != 0 {
            // A thread is woken once per sleep, or twice when it is to stop: what is left wakes it once more.
            var bytes: UInt64 = 0
            _ = read(wakeUp, &bytes, MemoryLayout<UInt64>.size)
        }
        return (descriptors.0.revents != 0, descriptors.1.revents != 0)
    }

    static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
