import Glibc
import Logging
import RESProtocol

/// Getting a configuration: the file, then the environment, which goes before it.
extension ResdevConfiguration {
    /// Reads the file that is named, else `resdev.conf` in the working directory if there is one, and the environment.
    ///
    /// - Throws: what is wrong, with its place.
    static func load(_ path: String?) throws(StartFailure) -> ResdevConfiguration {
        let path = path ?? environment("CONFIG")
        guard let file = path ?? (access(defaultFile, F_OK) == 0 ? defaultFile : nil) else {
            var configuration = ResdevConfiguration()
            try configuration.readEnvironment()
            return configuration
        }
        return try load(file: file)
    }

    /// Reads a file and the environment.
    static func load(file path: String) throws(StartFailure) -> ResdevConfiguration {
        let text: String
        do throws(TextFile.Failure) {
            text = try TextFile.read(path, maximumSize: maximumSize)
        } catch {
            throw StartFailure("the configuration cannot be read: \(error)")
        }
        var configuration: ResdevConfiguration
        do throws(ConfigurationError) {
            let map = try ConfigurationParser.parse(text, file: path, surroundings: surroundings)
            configuration = try ResdevConfiguration(reading: map, path: path)
        } catch {
            throw StartFailure("\(error)", remedy: "'resdev check --fields' tells all fields")
        }
        try configuration.readEnvironment()
        return configuration
    }

    private static var surroundings: ConfigurationParser.Surroundings {
        ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in try TextFile.read(path, maximumSize: maximumSize) },
            environment: { name in getenv(name).map { String(cString: $0) } }
        )
    }

    /// The value of `RESDEV_…`; nil when it is not set, or empty.
    private static func environment(_ name: String) -> String? {
        guard let value = getenv(environmentPrefix + name).map({ String(cString: $0) }), !value.isEmpty else {
            return nil
        }
        return value
    }

    private mutating func readEnvironment() throws(StartFailure) {
        let environment = ResdevConfiguration.environment
        addr = environment("ADDR") ?? addr
        nats = environment("NATS") ?? nats
        readyFile = environment("READY_FILE") ?? readyFile
        port = try ResdevConfiguration.port("PORT") ?? port
        natsPort = try ResdevConfiguration.port("NATS_PORT") ?? natsPort
        if let text = environment("STRICT_PORT") {
            switch text.lowercased() {
            case "1", "true", "yes", "on": strictPort = true
            case "0", "false", "no", "off": strictPort = false
            default: throw ResdevConfiguration.wrong("STRICT_PORT", text, "true or false")
            }
        }
        if let text = environment("LOG") {
            guard let format = LogFormat(rawValue: text) else {
                throw ResdevConfiguration.wrong(
                    "LOG",
                    text,
                    LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            log = format
        }
        if let text = environment("LOG_LEVEL") {
            guard let level = Logger.Level(rawValue: text) else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw ResdevConfiguration.wrong("LOG_LEVEL", text, levels)
            }
            logLevel = level
        }
    }

    private static func port(_ name: String) throws(StartFailure) -> Int? {
        guard let text = environment(name) else { return nil }
        guard let port = Int(text), 0...65_535 ~= port else {
            throw wrong(name, text, "a port from 0 to 65535")
        }
        return port
    }

    private static func wrong(_ name: String, _ text: String, _ wanted: String) -> StartFailure {
        StartFailure(
            "the environment variable \(environmentPrefix)\(name) is '\(text)', and \(wanted) is wanted"
        )
    }
}
