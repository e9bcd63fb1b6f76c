import Gateway
import NIOCore
import RESProtocol
import Store
import WebServer

/// Large blobs of the databases over HTTP, as raw bytes with a type, a tag and ranges (RFC 9110).
struct BlobAnswers {
    /// The path below which they are.
    static let prefix = "/blobs/"

    /// What serves the blobs of stores that live on a loop, by service name.
    static func values(of stores: [String: Store], on eventLoop: any EventLoop) -> RawValues {
        let bound = NIOLoopBound(stores, eventLoop: eventLoop)
        return RawValues(prefix: prefix) { request, resource, column, completion in
            let service = String(resource.name.prefix { $0 != "." })
            guard let store = bound.value[service] else { return completion(error(.notFound)) }
            if request.method == .put {
                put(request, store, resource.name, column, completion)
            } else {
                get(request, store, resource.name, column, completion)
            }
        }
    }

    private static func get(
        _ request: HTTPRequest,
        _ store: Store,
        _ resource: String,
        _ column: String,
        _ completion: @escaping (HTTPResponse) -> Void
    ) {
        store.blob(resource, column: column).assumeIsolated().whenComplete { result in
            switch result {
            case .success(.success(let blob)):
                completion(response(to: request, blob.bytes, sha256: blob.sha256))
            case .success(.failure(let problem)): completion(error(problem))
            case .failure: completion(error(.serviceUnavailable))
            }
        }
    }

    private static func put(
        _ request: HTTPRequest,
        _ store: Store,
        _ resource: String,
        _ column: String,
        _ completion: @escaping (HTTPResponse) -> Void
    ) {
        store.setBlob(resource, column: column, request.body).assumeIsolated().whenComplete { result in
            switch result {
            case .success(.success): completion(HTTPResponse(204))
            case .success(.failure(let problem)): completion(error(problem))
            case .failure: completion(error(.serviceUnavailable))
            }
        }
    }

    private static func error(_ error: RESError) -> HTTPResponse { HTTPAnswer.error(error) }

    /// The answer with a blob, or the part of it that is asked for.
    static func response(to request: HTTPRequest, _ bytes: ByteBuffer, sha256: String) -> HTTPResponse {
        let tag = "\"\(sha256)\""
        let fields = [
            HTTPField("Content-Type", contentType(of: bytes.readableBytesView)), HTTPField("ETag", tag),
            HTTPField("Accept-Ranges", "bytes"), HTTPField("Cache-Control", "no-cache"),
            // What a user has stored is shown, and does nothing in the name of this server.
            HTTPField("X-Content-Type-Options", "nosniff"), HTTPField("Content-Security-Policy", "sandbox"),
        ]
        let whole = HTTPResponse(200, fields: fields, body: bytes)
        let unmatched = whole.unlessMatched(by: request)
        guard unmatched.status == 200, let range = request.fields["Range"],
            (request.fields["If-Range"] ?? tag) == tag
        else { return unmatched }
        switch ByteRange(range, count: bytes.readableBytes) {
        case nil: return whole
        case .unsatisfiable?:
            return HTTPResponse(
                416,
                fields: [HTTPField("Content-Range", "bytes */\(bytes.readableBytes)")]
            )
        case .part(let part)?:
            let content = HTTPField(
                "Content-Range",
                "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(bytes.readableBytes)"
            )
            let slice = bytes.getSlice(at: bytes.readerIndex + part.lowerBound, length: part.count)
            return HTTPResponse(206, fields: fields + [content], body: slice ?? ByteBuffer())
        }
    }

    /// The type of bytes by how they begin; what is none of the usual is bytes and no more.
    static func contentType(of bytes: ByteBufferView) -> String {
        let known: [(offset: Int, start: String, type: String)] = [
            (0, "\u{89}PNG", "image/png"), (0, "\u{ff}\u{d8}\u{ff}", "image/jpeg"), (0, "GIF8", "image/gif"),
            (8, "WEBP", "image/webp"), (8, "WAVE", "audio/wav"), (4, "ftyp", "video/mp4"),
            (0, "%PDF-", "application/pdf"),
            (0, "PK\u{3}\u{4}", "application/zip"), (0, "\u{1f}\u{8b}", "application/gzip"),
            (0, "OggS", "audio/ogg"),
            (0, "ID3", "audio/mpeg"), (0, "fLaC", "audio/flac"),
            (0, "SQLite format 3", "application/vnd.sqlite3"),
        ]
        for (offset, start, type) in known {
            // The texts stand for bytes of the same number.
            let wanted = start.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            if bytes.dropFirst(offset).starts(with: wanted) { return type }
        }
        return "application/octet-stream"
    }
}

/// A single range of bytes that a request asks for (RFC 9110 section 14.1.2).
enum ByteRange: Equatable {
    case part(Range<Int>)
    /// There is nothing of the value in it.
    case unsatisfiable

    /// Nil for what is no range of bytes, or several, which a server may pass over.
    init?(_ field: String, count: Int) {
        let text = field.filter { $0 != " " }
        guard text.lowercased().hasPrefix("bytes="), !text.contains(",") else { return nil }
        let bounds = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }) else {
            return nil
        }
        if bounds[0].isEmpty {
            guard let length = Int(bounds[1]) else { return nil }
            self = length == 0 || count == 0 ? .unsatisfiable : .part(max(0, count - length)..<count)
            return
        }
        guard let first = Int(bounds[0]) else { return nil }
        let last = bounds[1].isEmpty ? Int.max - 1 : Int(bounds[1]) ?? Int.max - 1
        guard last >= first else { return nil }
        self = first < count ? .part(first..<min(last + 1, count)) : .unsatisfiable
    }
}
