/// What a store serves, for people.
package struct StoreSummary: Hashable, Sendable {
    /// A table or view.
    package struct Table: Hashable, Sendable {
        /// Its resource name.
        package var resource: String
        /// How many rows it has, as `1,234` or `10,000+` where counting all would take long.
        package var rows: String
        package var isView: Bool
    }

    /// The service name and where its data is.
    package var title: String
    package var tables: [Table]
    /// The service name.
    package var service: String
    /// How many resources without a schema there are, as `12`; nil where there are none of that kind.
    package var resources: String?
    /// What people should know: what is not served, and why.
    package var remarks: [String]

    /// Rows that are counted at most.
    static let countBound = 10_000

    /// A count with thousands separators.
    static func rows(_ count: Int) -> String {
        if count > countBound { return rows(countBound) + "+" }
        var digits = Array(String(count))
        for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
        return String(digits)
    }
}
