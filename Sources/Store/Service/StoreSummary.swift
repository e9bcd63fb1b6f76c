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

extension StoreSummary {
    init(of engine: StoreEngine, _ opened: SourceOpener.Opened) throws(StoreError) {
        let schema = engine.schema
        let database = engine.database
        service = schema.serviceName
        title = "\(schema.serviceName) in \(opened.place)"
        tables = []
        remarks = opened.remarks
        for table in schema.tables {
            // Counting a view may run any query; only tables are counted.
            let count: Int
            do throws(SQLiteError) {
                count = table.isView ? 0 : try database.reader.count(table, upTo: StoreSummary.countBound + 1)
            } catch {
                throw StoreError(.unreadable, "\(opened.place) cannot be read: \(error.message)")
            }
            tables.append(
                Table(
                    resource: table.resourceName,
                    rows: table.isView ? "" : StoreSummary.rows(count),
                    isView: table.isView
                )
            )
        }
        if engine.servesGenerics {
            resources = (try? database.resources.count()).map { StoreSummary.rows($0) }
        }
        if !schema.leftOut.isEmpty { remarks.append("not served: " + schema.leftOut.joined(separator: ", ")) }
    }
}
