import RESProtocol

import struct NIOCore.ByteBuffer

/// A user as the table has it.
struct User {
    let key: RowKey
    let name: SQLValue
    /// The text of the hash; empty for none.
    let password: String
    /// Names and values that a token carries.
    let claims: [(name: String, value: JSONSlice)]

    /// What changes when the password does, and tells nothing of it.
    var passwordVersion: String {
        Base64.encodeForURL(Array(SHA256.digest(of: Array(password.utf8)).prefix(9)))
    }

    /// What changes when anything does that a token depends on.
    var version: String {
        passwordVersion + claims.map { $0.value.text }.joined(separator: ",")
    }
}

/// Reads users by name and by key.
final class UserReader {
    let table: Table
    private let claimForms: [(name: String, form: ColumnForm)]
    private let columns: String
    private let byName: SQLiteStatement
    private let byKey: SQLiteStatement

    /// - Throws: SQLite's error when a column is not there.
    init(
        _ configuration: AuthenticationConfiguration,
        table: Table,
        on connection: SQLiteConnection
    ) throws(SQLiteError) {
        self.table = table
        claimForms = configuration.claims.map {
            ($0, table.column(named: $0)?.form ?? ColumnForm(declaredType: ""))
        }
        let names = [configuration.user, configuration.password] + configuration.claims
        // A qualified name is never taken for a text in quotes.
        let source = SQLText.quoted(table.name)
        columns = (SQLText.key(of: table) + names.map { source + "." + SQLText.quoted($0) })
            .joined(separator: ", ")
        let select = "SELECT \(columns) FROM \(SQLText.name(of: table)) WHERE "
        byName = try connection.prepare(
            select + source + "." + SQLText.quoted(configuration.user) + " = ? LIMIT 2",
            isPersistent: true
        )
        byKey = try connection.prepare(select + SQLText.hasKey(table), isPersistent: true)
    }

    /// The one user of that name; nil when there is none, or more than one.
    func user(named name: String) throws(SQLiteError) -> User? {
        defer { byName.reset() }
        try byName.bind([.text(SQLBytes(name))])
        guard try byName.step() else { return nil }
        let user = self.user(in: byName)
        return try byName.step() ? nil : user
    }

    /// The user of a row.
    func user(_ key: RowKey) throws(SQLiteError) -> User? {
        defer { byKey.reset() }
        try byKey.bind(key.bindings)
        while try byKey.step() {
            let user = self.user(in: byKey)
            if user.key == key { return user }
        }
        return nil
    }

    private func user(in row: SQLiteStatement) -> User {
        let count = max(1, table.keyColumns.count)
        let key: RowKey =
            table.key.isInteger ? .integer(row.integer(0)) : .values((0..<count).map { row.value($0) })
        let claims = claimForms.enumerated().map { index, claim in
            var value = ByteBuffer()
            row.writeInner(count + 2 + index, as: claim.form, into: &value)
            return (claim.name, JSONSlice(unchecked: value))
        }
        return User(
            key: key,
            name: row.value(count),
            password: row.isNull(count + 1) ? "" : row.text(count + 1),
            claims: claims
        )
    }
}
