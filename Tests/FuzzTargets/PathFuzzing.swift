import RESProtocol
import WebServer

@testable import Gateway

extension FuzzTarget {
    /// Paths of HTTP requests: what names a resource names one that services can be asked for, and a plain one is found
    /// again by its address.
    static let path = FuzzTarget(name: "path") { input in
        let parts = input.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, PercentEscapes.decode(path) != nil,
            path.allSatisfy({ 0x21...0x7e ~= $0 })
        else { return }
        let query = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : nil
        let paths = ResourcePath(prefix: "/api/")
        let place = ResourcePath.Place(String(decoding: path, as: UTF8.self))
        if let (resource, method) = paths.method(place, query: query) {
            precondition(
                Subject("call.\(resource.name).\(method)") != nil,
                "no subject: \(resource).\(method)"
            )
        }
        guard let resource = paths.resource(place, query: query) else { return }
        precondition(Subject("get.\(resource.name)") != nil, "no subject: \(resource)")
        // A percent sign in a name is decoded once more, and a dot in a query is taken for a separator.
        guard resource.query == nil, !resource.name.utf8.contains(UInt8(ascii: "%")) else { return }
        let again = paths.resource(ResourcePath.Place(paths.path(of: resource.text)), query: nil)
        precondition(again == resource, "\(resource) is \(again?.text ?? "nothing") by its own address")
    }
}
