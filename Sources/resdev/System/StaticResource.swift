import Logging
import RESProtocol

/// `$sys.static`: tells pages of the served folder that a file has changed, by a number that rises. A model.
final class StaticResource: SystemResource {
    let name = "$sys.static"
    /// Files that are looked at; beyond, changes go unnoticed.
    static let maximumFiles = 2000

    private let files: StaticFiles
    private let logger: Logger
    private var seen: [String: StaticFiles.Status] = [:]
    private var version = 0
    private var onlyStyles = false

    init(_ files: StaticFiles, logger: Logger) {
        self.files = files
        self.logger = logger
    }

    func begin() { seen = scan() }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    private var model: JSONObject {
        var model = JSONObject()
        model.set("version", integer: version)
        // Styles are exchanged without loading the page anew.
        model.set("onlyStyles", flag: onlyStyles)
        return model
    }

    func tick(isSecond: Bool) -> [SystemEvent] {
        let now = scan()
        guard now != seen else { return [] }
        let changed = Set(now.keys).union(seen.keys).filter { now[$0] != seen[$0] }
        seen = now
        tell(changed.map { String($0.dropFirst(files.folder.count + 1)) }.sorted())
        let before = model
        version += 1
        onlyStyles = changed.allSatisfy { $0.hasSuffix(".css") }
        return model.changes(since: before).map { [.change($0, of: name)] } ?? []
    }

    /// Files that are named when they have changed; of more, their number is told.
    private static let maximumNames = 5

    private func tell(_ changed: [String]) {
        var names = changed.prefix(StaticResource.maximumNames).joined(separator: ", ")
        if changed.count > StaticResource.maximumNames {
            names += " and \(changed.count - StaticResource.maximumNames) more"
        }
        logger.info("pages are loaded anew", metadata: ["changed": "\(names)"])
    }

    /// The files of the folder and those below it, without hidden ones and installed packages.
    private func scan() -> [String: StaticFiles.Status] {
        var found: [String: StaticFiles.Status] = [:]
        var folders = [files.folder]
        while let folder = folders.popLast() {
            for name in DirectoryListing.names(in: folder)
            where !name.hasPrefix(".") && name != "node_modules" {
                guard found.count < StaticResource.maximumFiles else { return found }
                let path = "\(folder)/\(name)"
                guard let status = StaticFiles.status(path) else { continue }
                if status.isFolder { folders.append(path) } else { found[path] = status }
            }
        }
        return found
    }
}
