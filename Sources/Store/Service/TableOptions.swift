/// How one table or view is served, where that is other than by itself.
package struct TableOptions: Hashable, Sendable {
    /// Whether it is not served at all.
    package var isHidden = false
    /// Columns that are not served; a column of the key cannot be among them.
    package var hiddenColumns: Set<String> = []
    /// The columns that tell rows of a view apart, in key order. Rows of a view without them are values.
    package var key: [String] = []
    /// How rows refer to other rows; nil for the store's setting.
    package var links: LinkMode?
    /// Rows of a collection whose query has no `limit`; nil for the store's setting.
    package var defaultLimit: Int?
    /// Largest `limit`; nil for the store's setting.
    package var maximumLimit: Int?

    package init() {}
}

/// How a row shows the rows that its foreign keys refer to.
package enum LinkMode: String, Hashable, Sendable, CaseIterable {
    /// Not at all, nor the collections of rows that refer to it.
    case none
    /// As soft references, which a client follows when it wants.
    case soft
    /// As references that are sent along. Collections of rows that refer to it stay soft.
    case hard
}

/// An SQL statement of the configuration that clients may ask for by name: `library.$q.NAME`.
package struct NamedSQL: Hashable, Sendable {
    /// What a parameter holds; text of a query is converted accordingly.
    package enum ParameterType: String, Hashable, Sendable, CaseIterable {
        /// A number where the text is one in canonical form, else text.
        case any
        case integer
        case real
        case text
        case boolean
    }

    /// One parameter, which stands as `:name`, `@name` or `$name` in the SQL.
    package struct Parameter: Hashable, Sendable {
        package var type = ParameterType.any
        /// Whether it may be left out, and is NULL then.
        package var isOptional = false

        package init(_ type: ParameterType = .any, isOptional: Bool = false) {
            self.type = type
            self.isOptional = isOptional
        }
    }

    /// The last part of the resource name, before encoding.
    package var name: String
    /// One SELECT to be read, or statements that write to be called.
    package var sql: String
    /// What is said of parameters; those that the SQL has and this does not are required and of any type.
    package var parameters: [String: Parameter] = [:]
    /// Where it stands in the configuration, as `resdev.conf:12:5`; for messages.
    package var place: String?

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// Whether resources without any schema are kept in a table of ours.
package enum GenericResources: String, Hashable, Sendable, CaseIterable {
    /// Where the database has no tables, or holds such resources already.
    case automatic
    /// Always: under every name that no table or view claims.
    case on
    case off
}
