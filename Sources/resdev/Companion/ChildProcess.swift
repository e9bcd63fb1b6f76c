@preconcurrency import Glibc

/// Starting processes that are in a group of their own, and have signals as a shell gives them.
enum ChildProcess {
    /// Where the standard streams of a process lead.
    enum Streams {
        /// The input to a file descriptor, or to where it is with us; all output to where ours goes.
        case shared(input: Int32?)
        /// Nowhere.
        case none
    }

    /// The environment of this process, as `NAME=value`.
    static var environment: [String] {
        var entries: [String] = []
        var entry = environ
        while let text = entry.pointee {
            entries.append(String(cString: text))
            entry += 1
        }
        return entries
    }

    /// Starts a program that is found by its path, or on the PATH.
    ///
    /// - Returns: its process id, which is its group's too; or the number of the error by which it cannot start.
    static func start(_ arguments: [String], environment: [String], _ streams: Streams) -> Result<
        pid_t, Failure
    > {
        keepFiles()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawnattr_setpgroup(&attributes, 0)
        var set = sigset_t()
        sigemptyset(&set)
        posix_spawnattr_setsigmask(&attributes, &set)
        sigfillset(&set)
        posix_spawnattr_setsigdefault(&attributes, &set)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        switch streams {
        case .shared(let input):
            if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
        case .none:
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0)
            for stream in [STDOUT_FILENO, STDERR_FILENO] {
                posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, stream)
            }
        }
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var processID: pid_t = 0
        let code = posix_spawnp(&processID, arguments[0], &actions, &attributes, words, variables)
        return code == 0 ? .success(processID) : .failure(Failure(code: code))
    }

    /// Why a program cannot be started.
    struct Failure: Error, CustomStringConvertible {
        /// The error's number.
        let code: Int32

        var description: String { String(cString: strerror(code)) }
    }

    /// Keeps the server's own files and sockets from the next process: a port must be free once the server is gone.
    private static func keepFiles() {
        for name in DirectoryListing.names(in: "/proc/self/fd") {
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }
}
