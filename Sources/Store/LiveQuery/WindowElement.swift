import RESProtocol

/// One element of a query collection.
enum WindowElement: Hashable, Sendable {
    /// A reference to a row.
    case row(RowKey)
    /// An object of column values.
    case data(JSONSlice)

    /// The element as gateways get it.
    ///
    /// - Parameter expansion: what is sent along with a row.
    func value(in table: Table, expanding expansion: Expansion? = nil) -> ResourceValue {
        switch self {
        case .row(let key):
            .reference(ResourceID(unchecked: table.rowName(key) + (expansion?.querySuffix ?? "")))
        case .data(let object): .data(object)
        }
    }
}
