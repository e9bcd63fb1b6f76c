import ArgumentParser
import NIOCore
import RESProtocol

/// `resdev get`: shows a resource.
struct GetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show a resource, by its id or URL.",
        discussion: """
            resdev get library.books.42
            resdev get 'library.books?year__lt=1900&sort=-year'
            resdev get http://localhost:8080/api/library/books | jq .title
            """
    )

    @Argument(help: ArgumentHelp("Id or URL.", valueName: "resource"))
    var resource: String

    @OptionGroup(title: "Client options") var client: ClientOptions

    func run() throws {
        let argument = try ResourceArgument(resource, server: client.serverURL())
        let rid = argument.id.text
        try ClientRun.run(client, argument.server) { [output = client.output] connection, _ in
            let set: JSONSlice
            switch await connection.request("get.\(rid)") {
            case .success(let result): set = result
            case .failure(let error): throw error.failure(of: rid)
            }
            var copies = ResourceCopies()
            copies.add(resourceSet: set)
            if case .error(let error) = copies[rid] { throw error.failure(of: rid) }
            let text = ResourceText(copies: copies, style: output.style, width: output.width)
            output.write(output.isJSON ? text.jsonLines(of: rid) : text.lines(of: rid))
        }
    }
}

/// `resdev watch`: shows resources, and every change to them.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show resources and every change to them as it happens.",
        discussion: "Ends with Ctrl-C. When the server is gone, it is asked again until it is back."
    )

    @Argument(help: ArgumentHelp("Ids or URLs, all of one server.", valueName: "resource"))
    var resources: [String]

    @Option(help: ArgumentHelp("End after this many events.", valueName: "number"))
    var count: Int?

    @OptionGroup(title: "Client options") var client: ClientOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1.") }
    }

    func run() throws {
        let server = try client.serverURL()
        let arguments = try resources.map { try ResourceArgument($0, server: server) }
        guard let first = arguments.first else { return }
        if let other = arguments.first(where: { $0.server != first.server }) {
            throw StartFailure(
                "\(other.id) is of another server than \(first.id)",
                remedy: "watch each server with a command of its own"
            )
        }
        let watch = Watch(rids: arguments.map(\.id.text), output: client.output, maximumEvents: count)
        try ClientRun.untilDone(client, first.server) { connection, events in
            try await watch.run(connection, events)
        }
    }
}

/// `resdev call`: calls a method.
struct CallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call a method of a resource.",
        discussion: """
            resdev call library.books new title='The Dispossessed' year:=1974
            resdev call library.books.42 set '{"title":"Dune"}'
            """
    )

    @OptionGroup var method: MethodArguments
    @OptionGroup(title: "Client options") var client: ClientOptions

    func run() throws { try method.run("call", client) }
}

/// `resdev auth`: calls an authentication method.
struct AuthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth",
        abstract: "Call an authentication method of a resource.",
        discussion: "resdev auth 'library.$auth' login user=ann password=secret"
    )

    @OptionGroup var method: MethodArguments
    @OptionGroup(title: "Client options") var client: ClientOptions

    func run() throws { try method.run("auth", client) }
}

/// Which method is called, and with what.
struct MethodArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("Id or URL.", valueName: "resource"))
    var resource: String

    @Argument(help: "Name of the method.")
    var method: String

    @Argument(
        help: ArgumentHelp(
            "name=text or name:=json, each a parameter; or one JSON value.",
            valueName: "parameter"
        )
    )
    var parameters: [String] = []

    /// Calls, and shows the answer: what the method returned, or the resource that it answered with.
    ///
    /// - Parameter kind: `call` or `auth`.
    func run(_ kind: String, _ client: ClientOptions) throws {
        let argument = try ResourceArgument(resource, server: client.serverURL())
        let params = try ParameterArguments.json(parameters)
        let name = "\(argument.id.text).\(method)"
        try ClientRun.run(client, argument.server) { [output = client.output] connection, _ in
            switch await connection.request("\(kind).\(name)", params) {
            case .failure(let error): throw error.failure(of: name)
            case .success(let result): MethodArguments.show(result, output)
            }
        }
    }

    private static func show(_ result: JSONSlice, _ output: ClientOutputStyle) {
        guard let rid = result["rid"]?.string else {
            return output.write([(result["payload"] ?? .null).text])
        }
        var copies = ResourceCopies()
        copies.add(resourceSet: result)
        let text = ResourceText(copies: copies, style: output.style, width: output.width)
        guard !output.isJSON else { return output.write(text.jsonLines(of: rid)) }
        output.write([output.style.link(TerminalText.printable(rid))] + text.lines(of: rid))
    }
}
