/// What a committed transaction has done to one row.
struct NetChange {
    enum Kind {
        case created(RowImage)
        /// The columns that differ, and the row as it is now.
        case changed([Column], RowImage)
        case deleted
    }

    let table: Table
    let key: RowKey
    let kind: Kind
    /// What the row was; nil when it did not exist.
    let before: PriorImage?

    /// What the row is; nil when it is gone.
    var image: RowImage? {
        switch kind {
        case .created(let image), .changed(_, let image): image
        case .deleted: nil
        }
    }

    /// Compares what a touched row was with what it is; nil when that makes no difference.
    init?(_ touch: TouchedRows.Touch, now image: RowImage?) {
        table = touch.table
        key = touch.key
        before = touch.before
        switch (touch.before, image) {
        case (nil, nil): return nil
        case (nil, let image?): kind = .created(image)
        case (_?, nil): kind = .deleted
        case (let before?, let image?):
            let columns = touch.table.changedColumns(from: before, to: image)
            guard !columns.isEmpty else { return nil }
            kind = .changed(columns, image)
        }
    }
}
