import Glibc
import Logging
import Store

/// Looks at the machine and at databases as a server would find them.
enum Diagnosis {
    /// Connections that a server should be able to hold, with something to spare.
    private static let wantedFiles = 4096

    /// Whether enough files and connections can be open at a time.
    static var openFiles: Finding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return Finding(.remark, "the limit of open files cannot be read")
        }
        let most = limit.rlim_max
        guard most < wantedFiles else {
            return Finding(.good, "up to \(most) files and connections can be open")
        }
        return Finding(
            .bad,
            "only \(most) files and connections can be open at a time",
            remedy: "raise the limit: ulimit -n 65536"
        )
    }

    /// Whether a port is free, and who has it.
    static func port(_ port: Int, for role: String) -> Finding {
        guard let owner = PortOwner.find(port: port) else {
            return Finding(.good, "port \(port) (\(role)) is free")
        }
        return Finding(
            .remark,
            "port \(port) (\(role)) is taken by \(owner)",
            remedy: "a server takes the next free one, unless --strict-port is given"
        )
    }

    /// Whether a database can be served, and what is not as it might be.
    static func database(_ path: String) -> [Finding] {
        let name = ServerPlan.Source(path: path, databaseFile: nil, name: nil).serviceName
        let logger = Logger(label: "resdev") { _ in SwiftLogNoOpLogHandler() }
        do throws(StoreError) {
            let store = try Store.open(StoreConfiguration(path: path, name: name), logger: logger)
            let summary = store.summary
            let served = Finding(.good, "\(path): \(summary.tables.count) tables and views can be served")
            return [served] + summary.remarks.map { Finding(.remark, "\(path): \($0)") } + space(at: path)
        } catch {
            return [Finding(.bad, error.message, remedy: error.remedy)]
        }
    }

    /// Whether there is room for the database to grow.
    private static func space(at path: String) -> [Finding] {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return [] }
        let free = UInt64(system.f_bavail) * UInt64(system.f_frsize)
        guard free < 100 << 20 else { return [] }
        return [
            Finding(
                .bad,
                "\(path): only \(free >> 20) MiB are free on its disk",
                remedy: "make room before it is full"
            )
        ]
    }
}
