/// A file of comma-separated values whose first record names the columns (RFC 4180).
///
/// Also read are semicolons or tabs as separators, where the first line has those and no comma, and line ends without a
/// carriage return.
struct CSVDocument {
    private let path: String
    private let columns: [String]
    /// Records with the line that each begins in, and its fields; a field in quotes is never NULL nor a number.
    private let records: [(line: Int, fields: [Field])]

    private struct Field {
        var text: String
        var isQuoted: Bool
    }

    /// Reads a file.
    ///
    /// - Throws: what is wrong with it, and in which line.
    init(_ bytes: [UInt8], path: String) throws(StoreError) {
        self.path = path
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw StoreError(
                .script,
                "\(path) is not UTF-8",
                remedy: "convert it, for instance with iconv -t UTF-8"
            )
        }
        var reader = CSVReader(bytes, path: path)
        guard let header = try reader.next() else {
            throw StoreError(.script, "\(path) is empty", remedy: "its first line has to name the columns")
        }
        columns = header.fields.map { String(decoding: $0.bytes, as: UTF8.self) }
        var seen: Set<String> = []
        for (index, column) in columns.enumerated() {
            guard !column.isEmpty, !column.utf8.contains(0) else {
                throw StoreError(
                    .script,
                    "\(path):1: column \(index + 1) has no name",
                    remedy: "name every column"
                )
            }
            guard seen.insert(column.lowercased()).inserted else {
                throw StoreError(.script, "\(path):1: two columns are called \(column)", remedy: "rename one")
            }
        }
        var records: [(line: Int, fields: [Field])] = []
        while let record = try reader.next() {
            guard record.fields.count == columns.count else {
                throw StoreError(
                    .script,
                    "\(path):\(record.line): \(record.fields.count) fields where the first line names \(columns.count) columns",
                    remedy: "give every record as many fields; a field with a comma in it stands in quotes"
                )
            }
            let fields = record.fields.map {
                Field(text: String(decoding: $0.bytes, as: UTF8.self), isQuoted: $0.isQuoted)
            }
            records.append((record.line, fields))
        }
        self.records = records
    }

    /// The table, with types found out from the values: whole numbers, numbers, `true` and `false`, else text.
    func table(named name: String) -> LoadedTable {
        let kinds = columns.indices.map { column in
            Kind.of(records.lazy.map { $0.fields[column] }.filter { !$0.text.isEmpty }.map(\.text))
        }
        let rows = records.map { record in
            zip(record.fields, kinds).map { field, kind in
                field.text.isEmpty && (kind != .text || !field.isQuoted) ? .null : kind.value(field.text)
            }
        }
        return LoadedTable(name: name, columns: columns, rows: rows)
    }

    /// What all values of a column are.
    private enum Kind {
        case integer, real, boolean, text

        static func of(_ texts: some Sequence<String>) -> Kind {
            var isEmpty = true
            var kinds: Set<Kind> = [.integer, .real, .boolean]
            for text in texts {
                isEmpty = false
                if !isInteger(text) { kinds.remove(.integer) }
                if !isReal(text) { kinds.remove(.real) }
                if text != "true", text != "false" { kinds.remove(.boolean) }
                if kinds.isEmpty { return .text }
            }
            guard !isEmpty else { return .text }
            return kinds.contains(.integer) ? .integer : kinds.contains(.real) ? .real : .boolean
        }

        /// A leading zero or plus is part of a name such as a telephone number, and would be lost.
        private static func isInteger(_ text: String) -> Bool {
            Int64(text).map { String($0) == text } ?? false
        }

        private static func isReal(_ text: String) -> Bool {
            guard let first = text.utf8.first, first == UInt8(ascii: "-") || 0x30...0x39 ~= first,
                case .real? = Operand.number(text).map({ number -> SQLValue in
                    if case .integer(let integer) = number { return .real(Double(integer)) }
                    return number
                })
            else { return false }
            let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
            return
                !(digits.first == UInt8(ascii: "0")
                && digits.dropFirst().first.map { 0x30...0x39 ~= $0 } == true)
        }

        func value(_ text: String) -> LoadedTable.Value {
            switch self {
            case .integer: Int64(text).map { .integer($0) } ?? .text(text)
            case .real: Double(text).map { .real($0) } ?? .text(text)
            case .boolean: .boolean(text == "true")
            case .text: .text(text)
            }
        }
    }
}

/// Splits bytes into records and fields.
private struct CSVReader {
    struct Field {
        var bytes: [UInt8] = []
        var isQuoted = false
    }

    private let bytes: ArraySlice<UInt8>
    private let path: String
    private let separator: UInt8
    private var offset: Int
    private var line = 1

    init(_ bytes: ArraySlice<UInt8>, path: String) {
        self.bytes = bytes
        self.path = path
        offset = bytes.startIndex
        let header = bytes.prefix { $0 != 0x0a && $0 != 0x0d }
        separator =
            header.contains(UInt8(ascii: ","))
            ? UInt8(ascii: ",")
            : header.contains(UInt8(ascii: ";"))
                ? UInt8(ascii: ";") : header.contains(0x09) ? 0x09 : UInt8(ascii: ",")
    }

    /// The next record; nil at the end. Empty lines are passed over.
    mutating func next() throws(StoreError) -> (line: Int, fields: [Field])? {
        while offset < bytes.endIndex, bytes[offset] == 0x0a || bytes[offset] == 0x0d { advanceLine() }
        guard offset < bytes.endIndex else { return nil }
        let start = line
        var fields: [Field] = []
        while true {
            fields.append(try field())
            guard offset < bytes.endIndex else { return (start, fields) }
            if bytes[offset] == separator {
                offset += 1
            } else {
                advanceLine()
                return (start, fields)
            }
        }
    }

    private mutating func advanceLine() {
        let isCarriageReturn = bytes[offset] == 0x0d
        offset += 1
        if isCarriageReturn, offset < bytes.endIndex, bytes[offset] == 0x0a { offset += 1 }
        line += 1
    }

    private mutating func field() throws(StoreError) -> Field {
        guard offset < bytes.endIndex, bytes[offset] == UInt8(ascii: "\"") else {
            let start = offset
            while offset < bytes.endIndex, bytes[offset] != separator, bytes[offset] != 0x0a,
                bytes[offset] != 0x0d
            {
                offset += 1
            }
            return Field(bytes: Array(bytes[start..<offset]))
        }
        let start = line
        offset += 1
        var field = Field(isQuoted: true)
        while offset < bytes.endIndex {
            let byte = bytes[offset]
            offset += 1
            if byte != UInt8(ascii: "\"") {
                if byte == 0x0a { line += 1 }
                field.bytes.append(byte)
            } else if offset < bytes.endIndex, bytes[offset] == UInt8(ascii: "\"") {
                field.bytes.append(byte)
                offset += 1
            } else {
                return try closed(field)
            }
        }
        throw StoreError(.script, "\(path):\(start): a quote is opened and not closed", remedy: "close it")
    }

    private func closed(_ field: Field) throws(StoreError) -> Field {
        if offset < bytes.endIndex, bytes[offset] != separator, bytes[offset] != 0x0a, bytes[offset] != 0x0d {
            throw StoreError(
                .script,
                "\(path):\(line): text after a closing quote",
                remedy: "write a quote within quotes twice"
            )
        }
        return field
    }
}
