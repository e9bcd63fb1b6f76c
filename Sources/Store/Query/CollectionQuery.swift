/// Which rows of a table or view a query collection holds, in which order.
///
/// Parsing gives the one form of each meaning, so equal queries have equal rows.
struct CollectionQuery: Hashable, Sendable {
    /// All must hold; sorted, without repetition.
    var filters: [Filter] = []
    /// Text to search for in the table's full-text index.
    var search: String?
    /// What the rows are sorted by before the key, which always comes last.
    var sort: [SortTerm] = []
    /// How many rows are passed over.
    var start = 0
    /// How many rows there are at most.
    var limit: Int
    /// The columns of which elements are objects; nil for references to rows, or all columns of a view.
    var fields: [Int]?
    /// What is sent along with each row.
    var expand: Expansion?

    /// A condition on one column.
    struct Filter: Hashable, Sendable {
        /// Index of the column.
        var column: Int
        var test: Test
    }

    /// What is asked of a column's value. Comparisons have the column's affinity and collation; NULL passes `isNull` alone.
    enum Test: Hashable, Sendable {
        case equal(SQLValue)
        case notEqual(SQLValue)
        case less(SQLValue)
        case lessOrEqual(SQLValue)
        case greater(SQLValue)
        case greaterOrEqual(SQLValue)
        case among([SQLValue])
        case notAmong([SQLValue])
        /// SQL's LIKE: `%` is any text, `_` any character, ASCII letters without case.
        case like(SQLBytes)
        /// Text within text, ASCII letters without case.
        case contains(SQLBytes)
        /// Text at the start of text, ASCII letters without case.
        case startsWith(SQLBytes)
        case isNull(Bool)
    }

    /// One column to sort by.
    struct SortTerm: Hashable, Sendable {
        var column: Int
        var isDescending: Bool
    }
}

/// How much a query may ask for.
package struct QueryLimits: Hashable, Sendable {
    /// Rows of a collection whose query has no `limit`.
    package var defaultLimit = 100
    /// Largest `limit`.
    package var maximumLimit = 1000
    /// Longest query, in bytes.
    package var maximumLength = 8192
    /// Most filters in a query.
    package var maximumFilters = 32
    /// Most values in an `in` or `notin`.
    package var maximumValues = 500

    /// Most names in an `expand`.
    package static let maximumExpandedNames = 16

    package init() {}
}

/// The names that have a meaning of their own in a query.
enum QueryWord {
    static let all = ["sort", "start", "limit", "fields", "expand", "q"]
    static let operators = [
        "eq", "ne", "gt", "gte", "lt", "lte", "in", "notin", "like", "contains", "startswith", "isnull",
    ]
}
