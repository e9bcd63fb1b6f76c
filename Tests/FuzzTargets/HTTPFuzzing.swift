import NIOCore

@testable import WebServer

extension FuzzTarget {
    /// Requests as clients send them: any split of the bytes gives the same requests, and what is accepted is within
    /// the limits.
    static let http = FuzzTarget(name: "http") { input in
        let whole = outline(of: [input[...]])
        var pieces: [ArraySlice<UInt8>] = []
        InputSplit.pieces(of: input) { pieces.append($0) }
        precondition(outline(of: pieces) == whole, "a split changes what the bytes mean")
    }

    private static func outline(of pieces: [ArraySlice<UInt8>]) -> [String] {
        var limits = HTTPLimits()
        limits.maximumBody = 4_096
        var parser = HTTPParser(limits: limits)
        var lines: [String] = []
        for piece in pieces {
            parser.append(ByteBuffer(bytes: piece))
            reading: while true {
                switch parser.next() {
                case .incomplete: break reading
                case .continueExpected: continue
                case .request(let request, let isUpgrade):
                    precondition(request.body.readableBytes <= limits.maximumBody, "a body over the limit")
                    precondition(request.fields.count <= limits.maximumFields, "fields over the limit")
                    lines.append(
                        "\(request.method) \(request.target) \(request.path) \(request.query ?? "-") "
                            + "\(request.fields.all) \(request.body.readableBytes) \(isUpgrade) "
                            + "\(WebSocketHandshake(request) != nil)"
                    )
                case .failure(let error): return lines + ["\(error)"]
                }
            }
        }
        return lines
    }
}
