import CSQLite

/// What SQLite asks while a person's statements are compiled and run.
final class SQLGuardian {
    private let mayWrite: Bool
    /// Why a statement was refused.
    private(set) var refused: String?

    init(mayWrite: Bool) { self.mayWrite = mayWrite }

    /// PRAGMAs that only tell something.
    private static let harmless: Set<String> = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
        "foreign_key_list",
        "foreign_key_check", "database_list", "collation_list", "function_list", "compile_options",
        "page_count",
        "page_size", "freelist_count", "integrity_check", "quick_check", "schema_version", "user_version",
        "application_id", "encoding", "journal_mode", "data_version", "stats",
    ]

    static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, first, second, _, _ in
            guard let context else { return SQLITE_DENY }
            let guardian = Unmanaged<SQLGuardian>.fromOpaque(context).takeUnretainedValue()
            return guardian.decide(
                action,
                first.map { String(cString: $0) },
                second.map { String(cString: $0) }
            )
        }

    private func decide(_ action: Int32, _ first: String?, _ second: String?) -> Int32 {
        switch action {
        case SQLITE_ATTACH, SQLITE_DETACH:
            return refuse("ATTACH and DETACH are refused: they reach other files")
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            return refuse(
                "All statements run in one transaction; BEGIN, COMMIT and the like are not for here"
            )
        case SQLITE_FUNCTION where second?.lowercased() == "load_extension":
            return refuse("Extensions are not loaded")
        case SQLITE_PRAGMA:
            let name = first?.lowercased() ?? ""
            let isHarmless = SQLGuardian.harmless.contains(name)
            let isRead =
                second == nil
                || ![
                    "journal_mode", "encoding", "page_size", "user_version",
                    "application_id", "schema_version",
                ].contains(name)
            return isHarmless && isRead
                ? SQLITE_OK : refuse("PRAGMA \(name) would change how the server works")
        default: return SQLITE_OK
        }
    }

    private func refuse(_ reason: String) -> Int32 {
        refused = reason
        return SQLITE_DENY
    }
}
