import RESProtocol

import struct NIOCore.ByteBuffer

/// What a client says of itself in CONNECT (NATS client protocol, CONNECT).
struct ConnectOptions: Equatable {
    /// Whether every operation is answered with `+OK`. The default when CONNECT, or this in it, is absent.
    var verbose = true
    /// Whether subjects published to are checked.
    var pedantic = true
    /// Whether it gets what it publishes itself.
    var echo = true
    /// Whether it knows messages with headers.
    var headers = false
    /// Whether it wants to be told that nobody subscribes to what it requests.
    var noResponders = false
    /// Which asynchronous INFO it understands: 0 none, 1 any.
    var protocolLevel = 0
    var name = ""
    var language = ""
    var version = ""
    var user = ""
    var password = ""
    var token = ""
    var nkey = ""
    var signature = ""
    var jwt = ""
    /// The account it asks for; a client may not.
    var account = ""
    var wantsNewAccount = false

    init() {}

    /// Reads the object of a CONNECT; nil when it is none or a member has the wrong type.
    ///
    /// Members are matched in any case of letters, unknown ones are ignored, `null` changes nothing, and of several
    /// the last one counts, as Go's decoder has it.
    init?(json bytes: ByteBuffer) {
        guard let json = try? JSONSlice(parsing: bytes), json.kind == .object || json.isNull else {
            return nil
        }
        for member in json.members where !member.value.isNull {
            guard let name = member.name.string, take(name.lowercased(), member.value) else { return nil }
        }
    }

    /// - Returns: whether the value has the right type.
    private mutating func take(_ name: String, _ value: JSONSlice) -> Bool {
        switch name {
        case "verbose": value.read(into: &verbose)
        case "pedantic": value.read(into: &pedantic)
        case "echo": value.read(into: &echo)
        case "headers": value.read(into: &headers)
        case "no_responders": value.read(into: &noResponders)
        case "protocol": value.read(into: &protocolLevel)
        case "name": value.read(into: &self.name)
        case "lang": value.read(into: &language)
        case "version": value.read(into: &version)
        case "user": value.read(into: &user)
        case "pass": value.read(into: &password)
        case "auth_token": value.read(into: &token)
        case "nkey": value.read(into: &nkey)
        case "sig": value.read(into: &signature)
        case "jwt": value.read(into: &jwt)
        case "account": value.read(into: &account)
        case "new_account": value.read(into: &wantsNewAccount)
        case "tls_required": value.bool != nil
        default: true
        }
    }
}

extension JSONSlice {
    /// Reads a flag. - Returns: whether there is one.
    fileprivate func read(into flag: inout Bool) -> Bool {
        guard let bool else { return false }
        flag = bool
        return true
    }

    /// Reads a string. - Returns: whether there is one.
    fileprivate func read(into text: inout String) -> Bool {
        guard let string else { return false }
        text = string
        return true
    }

    /// Reads a whole number. - Returns: whether there is one.
    fileprivate func read(into number: inout Int) -> Bool {
        guard let integer else { return false }
        number = Int(integer)
        return true
    }
}
