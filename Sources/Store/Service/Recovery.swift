import Logging
import RESProtocol

/// A file that is not what it was.
struct Damage {
    /// What is answered meanwhile.
    let error: SQLiteError
    /// The file as it was when opening it again was last tried.
    var identity: FileIdentity?
    var nextAttempt: Instant
}

/// Recovery from files that are removed, replaced, cut off or closed: by opening them again when they are there again.
extension StoreEngine {
    /// The shortest time between two attempts.
    private static let pause = Instant.milliseconds(200)

    /// Before anything else is done: opens the file again where that is needed.
    func lookAfterFile(now: Instant) {
        if damage != nil || database.hasMoved { recover(now: now) }
        guard database.hasLostIndex() else { return }
        logger.error("the index of the write-ahead log was cut off by another program; it is built anew")
        resetEverything()
    }

    /// Looks whether something that was done has met a file that is not what it was.
    func noticeDamage(now: Instant) {
        guard let error = database.connection.fileError else { return }
        database.connection.fileError = nil
        suspect(error, now: now)
    }

    /// Takes note of an error that may be the file's, and is the reason to look after it.
    func suspect(_ error: SQLiteError, now: Instant) {
        guard error.isOfFile, database.mayHaveOtherWriters, damage == nil else { return }
        damage = Damage(error: error, identity: nil, nextAttempt: now)
        logger.error("the database file is not what it was", metadata: ["reason": "\(error.message)"])
    }

    /// Opens the file again where it is another one than when that was last tried.
    func recover(now: Instant) {
        guard let path = database.connection.path else { return }
        if damage == nil { suspect(.moved, now: now) }
        guard var damage, now >= damage.nextAttempt else { return }
        damage.nextAttempt = now + StoreEngine.pause
        let identity = FileIdentity(of: path)
        defer { if self.damage != nil { self.damage = damage } }
        guard let identity, identity != damage.identity else { return }
        damage.identity = identity
        if damage.error == .moved {
            guard database.hasMoved else {
                self.damage = nil
                return logger.notice("the database file is back", metadata: ["file": "\(path)"])
            }
            StaleLog.remove(of: database.connection)
        }
        var source = configuration
        source.path = path
        source.databaseFile = nil
        source.convertsToWAL = false
        do throws(StoreError) {
            // A file of no bytes is an empty database, but no restored one.
            guard identity.size > 0 else { return }
            try adopt(try SourceOpener(configuration: source).open())
        } catch {
            return logger.warning("the database file is still not right", metadata: ["reason": "\(error)"])
        }
        self.damage = nil
        logger.notice("the database file is served again", metadata: ["file": "\(path)"])
    }

    /// Goes on with another connection; whoever holds anything asks for it anew.
    private func adopt(_ opened: SourceOpener.Opened) throws(StoreError) {
        let read: (Schema, Database)
        do throws(SQLiteError) {
            let schema = try SchemaReader.read(
                opened.connection,
                serviceName: schema.serviceName,
                options: MappingOptions(configuration)
            )
            let database = try Database(
                opened.connection,
                schema: schema,
                isInMemory: false,
                busyTimeout: configuration.busyTimeout,
                maximumChanges: configuration.maximumChanges
            )
            read = (schema, database)
        } catch {
            throw StoreError(.unreadable, "\(opened.place) cannot be read: \(error.message)")
        }
        (schema, database) = read
        isReopened = true
        resetEverything()
        namedQueries = NamedQueryCompiler(connection: database.connection).compile(configuration.namedSQL)
        applyRules()
        resetAllAccess()
    }
}
