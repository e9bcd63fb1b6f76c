package import NIOCore
package import RESProtocol

/// Values too large for a model, asked for by who is in the same process.
extension Store {
    /// The bytes of a value, and their digest.
    package struct Blob: Sendable {
        package let bytes: ByteBuffer
        /// SHA-256, as 64 hexadecimal digits.
        package let sha256: String
    }

    /// The bytes of a column of a row.
    ///
    /// - Parameters:
    ///   - resource: the row's resource name.
    ///   - column: the column's name as a part of a resource name.
    /// - Returns: the bytes, or the error for who asked: `system.notFound` also for NULL and for what is no blob.
    package func blob(_ resource: String, column: String) -> EventLoopFuture<Result<Blob, RESError>> {
        ask(Subject(unchecked: "\(BlobQuestion.prefix)\(resource).\(column)"), ByteBuffer()).map { answer in
            var answer = answer
            guard answer.readInteger(as: UInt8.self) == BlobQuestion.found,
                let sha256 = answer.readString(length: 64)
            else {
                return .failure(
                    (try? JSONSlice(parsing: answer)).flatMap(RESError.init(decoding:)) ?? .internalError
                )
            }
            return .success(Blob(bytes: answer, sha256: sha256))
        }
    }

    /// Replaces the bytes of a column of a row, as the method `set` does.
    package func setBlob(
        _ resource: String,
        column: String,
        _ bytes: ByteBuffer
    ) -> EventLoopFuture<Result<Void, RESError>> {
        let name = NamePart.decode(column.utf8).map { String(decoding: $0, as: UTF8.self) } ?? column
        var payload = ByteBuffer()
        payload.writeStaticString("{\"params\":{")
        payload.writeJSON(name)
        payload.writeStaticString(":{\"$base64\":true,\"encoded\":\"")
        payload.writeBytes(Base64.encode(bytes.readableBytesUInt8Span))
        payload.writeStaticString("\"}}}")
        return ask(Subject(unchecked: "call.\(resource).set"), payload).map { answer in
            guard let response = ServiceResponse(decoding: answer) else { return .failure(.internalError) }
            if case .error(let error) = response.outcome { return .failure(error) }
            return .success(())
        }
    }
}

/// The question for a column's bytes, which never travels on a bus.
enum BlobQuestion {
    /// How its subject begins; the row's name and the column follow.
    static let prefix = "$blob."
    /// The first byte of the answer when the digest and the bytes follow; else an error object does.
    static let found: UInt8 = 1

    /// The row and the column of a subject.
    static func place(_ subject: Subject) -> (resource: String, column: String)? {
        guard subject.text.hasPrefix(prefix), let dot = subject.text.lastIndex(of: ".") else { return nil }
        let start = subject.text.index(subject.text.startIndex, offsetBy: prefix.count)
        guard start < dot else { return nil }
        return (String(subject.text[start..<dot]), String(subject.text[subject.text.index(after: dot)...]))
    }
}

extension StoreEngine {
    /// Answers with the bytes of a column.
    func getBlob(_ resource: String, _ part: String, _ reply: Subject?) {
        var payload = ByteBuffer()
        do throws(RESError) {
            let bytes = try blob(resource, part)
            payload.reserveCapacity(bytes.count + 65)
            payload.writeInteger(BlobQuestion.found)
            payload.writeHex(SHA256.digest(of: bytes))
            payload.writeBytes(bytes)
        } catch {
            payload.writeInteger(UInt8(0))
            error.encode(into: &payload)
        }
        outbox.reply(to: reply, payload)
    }

    private func blob(_ name: String, _ part: String) throws(RESError) -> [UInt8] {
        guard case .row(let table, let key) = try resource(named: name) else {
            throw .notFound.saying("\(name) is no row")
        }
        guard let column = table.columns.first(where: { NamePart.encode($0.name) == part }) else {
            throw .notFound.saying(
                "No column \(part) in \(table.name)"
                    + NearestName.question(part, among: table.columns.map { NamePart.encode($0.name) })
            )
        }
        do throws(SQLiteError) {
            switch try database.reader.value(table, key, column) {
            case nil: throw SQLiteError(extendedCode: 0, message: "No row \(name)")
            case .blob(let bytes)?: return bytes
            case .text(let text)?: return text.bytes
            case .null?: throw SQLiteError(extendedCode: 0, message: "\(column.name) is NULL")
            case .integer?, .real?:
                throw SQLiteError(extendedCode: 0, message: "\(column.name) holds a number")
            }
        } catch {
            throw error.extendedCode == 0 ? .notFound.saying(error.message) : RESError(error)
        }
    }
}
