import Glibc
import RESProtocol
import WebServer

import struct NIOCore.ByteBuffer

/// The files of a folder, served as they are at the moment.
///
/// Pages are given a script that reloads them when a file changes. Files whose names start with a dot, and what lies
/// outside the folder, are not served. A path without an ending that names no file is the app's own address, and gets
/// `index.html`.
struct StaticFiles: Sendable {
    /// Larger files are not served, in bytes: they are read as a whole.
    static let maximumFile = 64 << 20

    /// The folder's path, without links and without a slash at the end.
    let folder: String

    /// - Throws: when there is no such folder.
    init(_ folder: String) throws(StartFailure) {
        guard let resolved = StaticFiles.resolve(folder), StaticFiles.status(resolved)?.isFolder == true
        else {
            throw StartFailure(
                "\(folder): there is no such folder",
                remedy: "--static takes the folder that the app's index.html is in"
            )
        }
        self.folder = resolved
    }

    /// The file at a path whose escapes are decoded; nil where there is none.
    func response(at path: String) -> HTTPResponse? {
        guard let file = file(at: path), let (content, status) = StaticFiles.read(file) else { return nil }
        let isPage = file.hasSuffix(".html") || file.hasSuffix(".htm")
        var fields = [
            HTTPField("Content-Type", StaticFiles.contentType(of: file)),
            // A browser asks each time whether its copy is still right.
            HTTPField("Cache-Control", "no-cache"),
            HTTPField("ETag", "\"\(String(status.changed, radix: 36))-\(String(status.size, radix: 36))\""),
            HTTPField("X-Content-Type-Options", "nosniff"),
        ]
        if path == "/" { fields.append(HTTPField("Vary", "Accept")) }
        return HTTPResponse(200, fields: fields, body: isPage ? StaticFiles.reloading(content) : content)
    }

    /// Adds the script that reloads a page.
    static func reloading(_ page: ByteBuffer) -> ByteBuffer {
        var page = page
        page.writeString("\n<script type=\"module\" src=\"/console/reload.mjs\"></script>\n")
        return page
    }

    /// The file that a path stands for.
    private func file(at path: String) -> String? {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !parts.contains(where: { $0.hasPrefix(".") || $0.utf8.contains(0) }) else {
            return nil
        }
        let wanted = ([Substring(folder)] + parts).joined(separator: "/")
        let isAddress = parts.last.map { !$0.contains(".") } ?? true
        let candidates = [wanted, wanted + "/index.html"] + (isAddress ? [folder + "/index.html"] : [])
        for candidate in candidates {
            guard let file = StaticFiles.resolve(candidate), file.hasPrefix(folder + "/"),
                StaticFiles.status(file)?.isFolder == false
            else { continue }
            return file
        }
        return nil
    }

    struct Status: Equatable {
        let isFolder: Bool
        let size: Int
        /// When it was changed last, in nanoseconds.
        let changed: Int
    }

    static func status(_ path: String) -> Status? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFDIR || kind == S_IFREG else { return nil }
        return Status(
            isFolder: kind == S_IFDIR,
            size: Int(status.st_size),
            changed: Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
        )
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func read(_ path: String) -> (ByteBuffer, Status)? {
        guard let status = status(path), status.size <= maximumFile else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content = ByteBuffer()
        var isWhole = true
        content.reserveCapacity(status.size)
        while content.readableBytes < status.size {
            let count = content.writeWithUnsafeMutableBytes(minimumWritableBytes: 65_536) { bytes in
                max(0, Glibc.read(descriptor, bytes.baseAddress, bytes.count))
            }
            if count == 0 {
                isWhole = content.readableBytes >= status.size
                break
            }
        }
        return isWhole ? (content, status) : nil
    }

    /// The content type by a file's ending.
    static func contentType(of file: String) -> String {
        switch file.split(separator: ".").last?.lowercased() {
        case "html", "htm": "text/html; charset=utf-8"
        case "mjs", "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "map": "application/json"
        case "webmanifest": "application/manifest+json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "avif": "image/avif"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "woff": "font/woff"
        case "ttf": "font/ttf"
        case "wasm": "application/wasm"
        case "pdf": "application/pdf"
        case "mp4": "video/mp4"
        case "webm": "video/webm"
        case "mp3": "audio/mpeg"
        case "txt", "md": "text/plain; charset=utf-8"
        case "csv": "text/csv; charset=utf-8"
        case "xml": "application/xml"
        default: "application/octet-stream"
        }
    }
}
