import RESProtocol

/// One element of a query collection.
enum WindowElement: Hashable, Sendable {
    /// A reference to a row.
    case row(RowKey)
    /// An object of column values.
    case data(JSONSlice)

    /// The element as gateways get it.
    func value(in table: Table) -> ResourceValue {
        switch self {
        case .row(let key): .reference(ResourceID(unchecked: table.rowName(key)))
        case .data(let object): .data(object)
        }
    }
}
