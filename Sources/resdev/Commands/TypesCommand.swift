import ArgumentParser
import Glibc
import Logging
import RESProtocol
import Store

/// `resdev types`: writes the types of a database's resources for a programming language.
struct TypesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Write the types of a database's resources for TypeScript or Swift.",
        discussion: """
            resdev types library.db --lang ts > library.d.ts
            resdev types library --server http://localhost:8080 --lang swift > Library.swift
            """
    )

    enum Language: String, CaseIterable, ExpressibleByArgument {
        case ts, swift
    }

    @Argument(help: ArgumentHelp("A file, or the name of a database that a server has.", valueName: "source"))
    var source: String

    @Option(help: "The language.")
    var lang: Language = .ts

    @OptionGroup(title: "Client options") var client: ClientOptions

    func run() throws {
        if access(source, F_OK) == 0 {
            return try write(description(of: ServerPlan.Source(path: source, databaseFile: nil, name: nil)))
        }
        guard !source.contains("/"), let id = ResourceID(source), id.query == nil else {
            throw StartFailure("there is no file '\(source)'")
        }
        let rid = "\(source).$schema"
        try ClientRun.run(client, client.serverURL()) { connection, _ in
            switch await connection.request("get.\(rid)") {
            case .failure(let error): throw error.failure(of: rid)
            case .success(let set): try write(set["models"]?[rid])
            }
        }
    }

    private func description(of source: ServerPlan.Source) throws(StartFailure) -> JSONSlice {
        let configuration = StoreConfiguration(path: source.path, name: source.serviceName)
        do throws(StoreError) {
            return try Store.describe(
                configuration,
                logger: Logger(label: "resdev") { _ in SwiftLogNoOpLogHandler() }
            )
        } catch {
            throw StartFailure(error.message, remedy: error.remedy)
        }
    }

    private func write(_ model: JSONSlice?) throws(StartFailure) {
        guard let database = model.flatMap({ DatabaseDescription(decoding: $0) }) else {
            throw StartFailure(
                "'\(source)' has no schema that can be read: is it a database of a resdev server?"
            )
        }
        switch lang {
        case .ts: StandardOutput.write(TypeScriptTypes(database: database).text)
        case .swift: StandardOutput.write(SwiftTypes(database: database).text)
        }
    }
}
