/// Where the JWTs of accounts are kept (`resolver { type: full, dir: … }`), and what may be done with them.
package struct AccountFolder: Sendable, Hashable {
    /// The folder; made when it is not there.
    package var path: String
    /// Whether accounts may be deleted (`allow_delete`).
    package var allowsDelete = false
    /// Whether a deleted account's file is removed, and not only renamed (`hard_delete`).
    package var deletesForGood = false
    /// How many accounts are kept at most (`limit`); zero for any number.
    package var limit = 0

    package init(path: String) {
        self.path = path
    }
}
