import Glibc

/// A thread of its own for one check of a password, which takes tens of milliseconds.
enum PasswordThread {
    private final class Work: Sendable {
        let check: PasswordCheck
        let done: @Sendable (PasswordVerdict) -> Void

        init(_ check: PasswordCheck, _ done: @escaping @Sendable (PasswordVerdict) -> Void) {
            self.check = check
            self.done = done
        }

        func run() { done(check.verdict()) }
    }

    /// Checks a password and tells the verdict, on a thread that ends with it.
    static func run(_ check: PasswordCheck, done: @escaping @Sendable (PasswordVerdict) -> Void) {
        let context = Unmanaged.passRetained(Work(check, done))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            context.toOpaque()
        )
        guard code == 0 else {
            // Without a thread to give the check is done here: late is better than never.
            return context.takeRetainedValue().run()
        }
        pthread_detach(thread)
    }
}
