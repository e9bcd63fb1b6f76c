import Glibc
import RESProtocol

/// The files of an account folder, one a JWT: `KEY.jwt`.
///
/// Blocks: accounts are read when the broker starts or reloads, and written one at a time by administrators.
struct AccountFiles {
    /// What went wrong, and with which file.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let folder: AccountFolder

    /// All accounts. What is not named as an account, or is no JWT of it, is left out.
    ///
    /// - Throws: when the folder can be neither read nor made.
    func load() throws(Failure) -> [NKey: String] {
        if access(folder.path, F_OK) != 0, mkdir(folder.path, 0o700) != 0 {
            throw failure("make", folder.path)
        }
        guard let directory = opendir(folder.path) else { throw failure("read", folder.path) }
        defer { closedir(directory) }
        var accounts: [NKey: String] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".jwt"), let key = try? NKey(String(name.dropLast(4))), key.role == .account,
                let text = try? TextFile.read(path(of: key), maximumSize: JWT.maximumSize),
                (try? JWT(text))?.subject == key
            else { continue }
            accounts[key] = text.filter { !$0.isWhitespace }
        }
        return accounts
    }

    /// Keeps an account's JWT; whoever reads the file sees all of it or nothing.
    func save(_ text: String, of key: NKey) throws(Failure) {
        let temporary = path(of: key) + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", temporary) }
        let bytes = Array(text.utf8)
        let count = write(descriptor, bytes, bytes.count)
        guard close(descriptor) == 0, count == bytes.count, rename(temporary, path(of: key)) == 0 else {
            defer { unlink(temporary) }
            throw failure("write", path(of: key))
        }
    }

    /// Forgets an account; one that is not there is no error.
    func delete(_ key: NKey) throws(Failure) {
        let path = path(of: key)
        let result = folder.deletesForGood ? unlink(path) : rename(path, path + ".deleted")
        guard result == 0 || errno == ENOENT else { throw failure("delete", path) }
    }

    private func path(of key: NKey) -> String { "\(folder.path)/\(key.text).jwt" }

    private func failure(_ verb: String, _ path: String) -> Failure {
        let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return Failure(description: "cannot \(verb) \(path): \(reason)")
    }
}
