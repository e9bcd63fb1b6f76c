import ArgumentParser
import Glibc
import Store

import struct NIOCore.ByteBuffer

/// `resdev import`: files into a database.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring SQL, JSON or CSV files into a SQLite file.",
        usage: "resdev import <file> ... --db <file> [options]",
        discussion: """
            A server that serves the file sees what comes, and tells its clients. Of JSON, arrays of objects become \
            tables and anything else resources by id; types of columns are found out from the values.
            """
    )

    @Argument(help: ArgumentHelp("SQL scripts (.sql), JSON (.json) or CSV (.csv) files.", valueName: "file"))
    var file: [String]

    @Option(help: ArgumentHelp("The SQLite file; made where there is none.", valueName: "file"))
    var db: String

    @Option(help: ArgumentHelp("Table of a CSV file, instead of the file's name.", valueName: "name"))
    var table: String?

    @Flag(help: "Add rows to a table that is there already.")
    var append = false

    @Flag(help: "Drop a table that is there already.")
    var replace = false

    func validate() throws {
        if append, replace { throw ValidationError("--append and --replace exclude each other.") }
        if table != nil, file.count > 1 { throw ValidationError("--table goes with a single file.") }
    }

    func run() throws {
        var job = DatabaseImport(database: db)
        job.existing = append ? .append : replace ? .replace : .refuse
        for path in file {
            do throws(StoreError) {
                let loaded = try job.load(path, named: table)
                for table in loaded.tables {
                    StandardOutput.write("\(path): \(table.rows) rows into \(table.name)\n")
                }
                if loaded.resources > 0 { StandardOutput.write("\(path): \(loaded.resources) resources\n") }
                if loaded.tables.isEmpty, loaded.resources == 0 { StandardOutput.write("\(path): done\n") }
            } catch {
                throw StartFailure(error.message, remedy: error.remedy)
            }
        }
    }
}

/// `resdev export`: what a database holds, as files.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a SQLite file as SQL, JSON, CSV, or as a copy.",
        usage: "resdev export <db> [--format sql|json|csv|db] [--output <path>] [options]",
        discussion: """
            What is written is the database as of one moment, also while others write to it. The copy (db) is a \
            complete backup in one file.
            """
    )

    @Argument(help: ArgumentHelp("The SQLite file.", valueName: "db"))
    var database: String

    @Option(help: "What to write; by the ending of --output, if left out, else sql.")
    var format: DatabaseExport.Format?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write; standard output, if left out. Of CSV with several tables, a directory.",
            valueName: "path"
        )
    )
    var output: String?

    @Option(
        help: ArgumentHelp(
            "A table or view to write; may be repeated. All tables, if left out.",
            valueName: "name"
        )
    )
    var table: [String] = []

    func run() throws {
        let format =
            format ?? output?.split(separator: ".").last.flatMap {
                DatabaseExport.Format(rawValue: String($0))
            } ?? .sql
        do throws(StoreError) {
            let export = try DatabaseExport(path: database)
            switch format {
            case .db:
                guard let output else {
                    throw StoreError(.missing, "a copy needs a file to write to", remedy: "add --output FILE")
                }
                try export.copy(to: output)
            case .csv where table.count != 1: try writeTables(export)
            case .sql, .json, .csv:
                try write(to: output) { sink throws(StoreError) in
                    try export.write(format, tables: table.isEmpty ? nil : table, sink)
                }
            }
        } catch {
            throw StartFailure(error.message, remedy: error.remedy)
        }
    }

    /// One CSV file a table, in a directory.
    private func writeTables(_ export: DatabaseExport) throws(StoreError) {
        let names = table.isEmpty ? export.tables.filter { !$0.isView }.map(\.name) : table
        guard let output else {
            throw StoreError(
                .missing,
                "CSV holds one table, and there are \(names.count)",
                remedy: "add --table NAME, or --output DIRECTORY for a file each"
            )
        }
        mkdir(output, 0o777)
        for name in names {
            let file = name.replacing("/", with: "_") + ".csv"
            try write(to: output + "/" + file) { sink throws(StoreError) in
                try export.write(.csv, tables: [name], sink)
            }
        }
    }

    /// Runs a body with a sink that writes to a file, or to standard output.
    private func write(
        to path: String?,
        _ body: (_ sink: (ByteBuffer) -> Bool) throws(StoreError) -> Void
    ) throws(StoreError) {
        var descriptor = STDOUT_FILENO
        if let path {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw StoreError(.unwritable, "\(path): \(String(cString: strerror(errno)))")
            }
        }
        defer { if path != nil { close(descriptor) } }
        var failure: Int32 = 0
        try body { buffer in
            var rest = buffer
            while rest.readableBytes > 0 {
                let count = rest.readWithUnsafeReadableBytes {
                    max(0, Glibc.write(descriptor, $0.baseAddress, $0.count))
                }
                if count == 0, errno != EINTR {
                    failure = errno
                    return false
                }
            }
            return true
        }
        // Whoever reads a pipe may have had enough.
        if failure != 0, failure != EPIPE {
            throw StoreError(
                .unwritable,
                "\(path ?? "standard output"): \(String(cString: strerror(failure)))"
            )
        }
    }
}

extension DatabaseExport.Format: ExpressibleByArgument {}
