/// The table of ours that holds resources without a schema. It is not served as a table.
enum ResourceTable {
    static let name = "_resdev_resources"
}
