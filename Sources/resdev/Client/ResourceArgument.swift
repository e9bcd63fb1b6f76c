import Gateway
import RESProtocol

/// A resource as a person names it on the command line: by its id, or by its URL.
struct ResourceArgument: Equatable, Sendable {
    let server: ServerURL
    let id: ResourceID

    /// - Parameters:
    ///   - text: `library.books?limit=3`, `/api/library/books?limit=3` or `http://localhost:8080/api/library/books`.
    ///   - server: where the resource is, unless the text says it.
    ///   - apiPath: path below which the server has its resources.
    init(_ text: String, server: ServerURL, apiPath: String = "/api/") throws(StartFailure) {
        guard ServerURL.isURL(text) || text.hasPrefix("/") else {
            guard let id = ResourceID(text) else { throw ResourceArgument.noID(text) }
            self.init(server: server, id: id)
            return
        }
        var server = server
        var path = text
        if !text.hasPrefix("/") {
            let parts = try ServerURL.split(text)
            server = ServerURL(host: parts.host, port: parts.port, usesTLS: parts.usesTLS, path: "/")
            path = parts.path
        }
        self.init(server: server, id: try ResourceArgument.resource(path, apiPath: apiPath, of: text))
    }

    private init(server: ServerURL, id: ResourceID) {
        self.server = server
        self.id = id
    }

    private static func resource(
        _ path: String,
        apiPath: String,
        of text: String
    ) throws(StartFailure) -> ResourceID {
        let name = path.prefix { $0 != "?" }
        let query = name.count < path.count ? String(path.dropFirst(name.count + 1)) : nil
        let place = ResourcePath.Place(String(name))
        guard let id = ResourcePath(prefix: apiPath).resource(place, query: query) else {
            throw StartFailure(
                "'\(text)' is no address of a resource",
                remedy: "resources are below \(apiPath), as in http://localhost:8080\(apiPath)library/books"
            )
        }
        return id
    }

    private static func noID(_ text: String) -> StartFailure {
        StartFailure(
            "'\(text)' is no resource id",
            remedy:
                "an id is names joined by dots, as library.books.42 or library.books?limit=3; a URL works too"
        )
    }
}
