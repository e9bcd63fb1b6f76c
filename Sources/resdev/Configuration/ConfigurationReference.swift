import RESProtocol
import Store

/// Every field of a configuration file, with what it means: the source of `resdev check --fields` and of the tables in
/// docs/configuration.md.
enum ConfigurationReference {
    /// One field.
    struct Field: Equatable {
        /// Its path; `NAME` stands for a name of the user's.
        let path: String
        /// What it takes.
        let value: String
        /// What holds when it is left out.
        let byDefault: String
        let meaning: String
        /// The option of the command line that goes before it.
        var option: String?
        /// The environment variable that goes before it.
        var variable: String?

        init(
            _ path: String,
            _ value: String,
            _ byDefault: String,
            _ meaning: String,
            option: String? = nil,
            variable: String? = nil
        ) {
            self.path = path
            self.value = value
            self.byDefault = byDefault
            self.meaning = meaning
            self.option = option
            self.variable = variable
        }
    }

    static let server = [
        Field(
            "addr",
            "IP address",
            "127.0.0.1",
            "Where all roles listen; 0.0.0.0 opens the server to the network.",
            option: "--addr",
            variable: "RESDEV_ADDR"
        ),
        Field(
            "port",
            "port",
            "8080",
            "Port for HTTP and WebSocket.",
            option: "--port",
            variable: "RESDEV_PORT"
        ),
        Field(
            "nats_port",
            "port",
            "4222",
            "Port of the embedded broker.",
            option: "--nats-port",
            variable: "RESDEV_NATS_PORT"
        ),
        Field(
            "nats",
            "URL, or a list",
            "none",
            "The NATS server that is the bus, instead of the embedded broker.",
            option: "--nats",
            variable: "RESDEV_NATS"
        ),
        Field(
            "strict_port",
            "true or false",
            "false",
            "Fail when a port is taken, instead of taking the next free one.",
            option: "--strict-port",
            variable: "RESDEV_STRICT_PORT"
        ),
        Field(
            "ready_file",
            "path",
            "none",
            "Where the chosen URLs are written once everything is up.",
            option: "--ready-file",
            variable: "RESDEV_READY_FILE"
        ),
        Field(
            "log",
            "text or json",
            "text",
            "Log lines for people or for programs.",
            option: "--log",
            variable: "RESDEV_LOG"
        ),
        Field(
            "log_level",
            "level",
            "info",
            "The least serious records to log: trace, debug, info, notice, warning, error.",
            option: "--log-level",
            variable: "RESDEV_LOG_LEVEL"
        ),
        Field("broker", "map", "none", "The embedded broker, in nats-server's words: see below."),
        Field(
            "gateway",
            "map",
            "none",
            "The gateway, in the words of Resgate's configuration file: see below."
        ),
        Field(
            "databases",
            "map",
            "none",
            "The databases to serve, by their names; of each its fields, or its path alone."
        ),
    ]

    static let database = [
        Field(
            "file",
            "path",
            "required",
            "SQLite file, or a script, JSON or CSV. Relative paths start from this file's folder."
        ),
        Field("db", "path", "memory", "File into which a script, JSON or CSV is loaded.", option: "--db"),
        Field("name", "text", "the key", "Name of the service.", option: "--name"),
        Field("wal", "true or false", "false", "Convert the file to write-ahead logging."),
        Field("read_only", "true or false", "false", "Refuse all writes."),
        Field(
            "durability",
            "full or normal",
            "full",
            "What a commit waits for: full survives a power cut.",
            option: "--durability"
        ),
        Field(
            "links",
            "none, soft or hard",
            "soft",
            "How rows refer to rows: not at all, to be followed, or sent along."
        ),
        Field(
            "generic",
            "automatic, on or off",
            "automatic",
            "Whether resources without any schema are kept."
        ),
        Field("limits", "map", "none", "Sizes and times: see below."),
        Field("tables", "map", "none", "How tables and views are served, by name: see below."),
        Field("get", "rule", "true", "Who may read, where a table says nothing else."),
        Field("list", "rule", "as get", "Who may read collections, where a table says nothing else."),
        Field("call", "rules", "true", "Who may call methods, where a table says nothing else."),
        Field("reads", "list of tables", "none", "Tables besides their own that rules may read."),
        Field("sql", "map", "none", "SQL that clients ask for by name: see below."),
        Field("auth", "map", "none", "Login: see below."),
    ]

    static let limits = [
        Field("default_limit", "number", "100", "Rows of a collection whose query has no limit."),
        Field("limit", "number", "1000", "Largest limit of a query."),
        Field("query_length", "bytes", "8192", "Longest query."),
        Field("filters", "number", "32", "Most filters in a query."),
        Field("values", "number", "500", "Most values of one in or notin."),
        Field(
            "pending",
            "number",
            "65536",
            "Requests that wait for the database; beyond, they are refused at once."
        ),
        Field("group", "number", "1024", "Writes that share a transaction at most."),
        Field("batch", "number", "1000", "Calls in one batch."),
        Field(
            "changes",
            "number",
            "50000",
            "Rows of one transaction that are told apart; beyond, clients ask anew."
        ),
        Field("busy_time", "duration", "2s", "How long a write waits for another process's lock."),
        Field(
            "read_time",
            "duration",
            "2s",
            "How long reading for one request may take; 0 for as long as it takes."
        ),
    ]

    static let table = [
        Field("hidden", "true or false", "false", "Do not serve it at all."),
        Field("hide", "list of columns", "none", "Columns that are not served."),
        Field("key", "list of columns", "none", "Of a view: what tells its rows apart."),
        Field("links", "none, soft or hard", "the database's", "How rows refer to rows."),
        Field("default_limit", "number", "the database's", "Rows of a collection whose query has no limit."),
        Field("limit", "number", "the database's", "Largest limit of a query."),
        Field(
            "get",
            "rule",
            "the database's",
            "Who may read a row, and collections whose query fixes what the rule asks."
        ),
        Field("list", "rule", "as get", "Who may read collections."),
        Field("call", "rules", "the database's", "Who may call methods."),
    ]

    static let sql = [
        Field("sql", "SQL", "required", "One SELECT to be read, or statements that write to be called."),
        Field(
            "parameters",
            "map",
            "any type",
            "By name: any, integer, real, text or boolean, or { type, optional }."
        ),
        Field("get", "rule", "the database's", "Who may read it."),
        Field("call", "rule", "the database's", "Who may call it."),
    ]

    static let auth = [
        Field("table", "table", "required", "The table of users. It has to be served; get: false closes it."),
        Field("user", "column", "required", "The column by which users are known, as an address or a name."),
        Field(
            "password",
            "column",
            "required",
            "The column of the hash: scrypt (resdev passwd) or bcrypt. It is never served."
        ),
        Field("claims", "list of columns", "none", "Columns that the token carries, for rules: :token.role."),
        Field("lifetime", "duration", "1h", "How long a token is good."),
        Field("algorithm", "HS256 or EdDSA", "HS256", "How tokens are signed."),
        Field(
            "key",
            "text",
            "none",
            "The key: at least 32 bytes, or a 32-byte seed in base 64. Better from the environment: $NAME."
        ),
        Field("key_file", "path", "FILE.token-key", "File of the key, made when it is not there."),
        Field(
            "attempts",
            "number",
            "5",
            "Failed logins in window after which a user, or an address, has to wait."
        ),
        Field("window", "duration", "1m", "How long failed logins count."),
    ]

    /// All of them, below the paths where they stand.
    static var groups: [(prefix: String, fields: [Field])] {
        [
            ("", server), ("databases.NAME.", database), ("databases.NAME.limits.", limits),
            ("databases.NAME.tables.NAME.", table), ("databases.NAME.sql.NAME.", sql),
            ("databases.NAME.auth.", auth),
        ]
    }

    /// The fields as `resdev check --fields` prints them.
    static var text: String {
        var text = ""
        for group in groups {
            for field in group.fields {
                text += "\(group.prefix)\(field.path) (\(field.value); default: \(field.byDefault))\n"
                text += "    \(field.meaning)\n"
                let others = [field.option, field.variable].compactMap(\.self)
                if !others.isEmpty { text += "    before it go \(others.joined(separator: " and "))\n" }
            }
        }
        return text
    }

    /// The rows of a group as the tables of docs/configuration.md have them.
    static func rows(_ fields: [Field]) -> [String] {
        fields.map { field in
            var meaning = field.meaning
            let others = [field.option, field.variable].compactMap(\.self).map { "`\($0)`" }
            if !others.isEmpty { meaning += " " + others.joined(separator: ", ") }
            return "| `\(field.path)` | \(field.value) | \(field.byDefault) | \(meaning) |"
        }
    }
}
