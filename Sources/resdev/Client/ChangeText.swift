import RESProtocol

/// What a change looks like.
struct ChangeText {
    let style: TerminalStyle

    /// For people: where, and what was and is.
    func line(_ change: ResourceCopies.Change) -> String {
        switch change {
        case .property(let rid, let name, let old, let new):
            let before = old.map { style.bad($0.quoted) } ?? style.dim("none")
            let after = new.map { style.good($0.quoted) } ?? style.dim("none")
            return "\(place(rid))  \(style.bold(TerminalText.printable(name)))  \(before) → \(after)"
        case .added(let rid, let index, let value):
            return "\(place(rid))  \(style.good("+ [\(index)] \(value.quoted)"))"
        case .removed(let rid, let index, let value):
            return "\(place(rid))  \(style.bad("- [\(index)] \(value.quoted)"))"
        case .deleted(let rid): return "\(place(rid))  \(style.bad("deleted"))"
        case .unsubscribed(let rid, let error):
            return "\(place(rid))  \(style.bad("unsubscribed: \(error?.message ?? "no reason given")"))"
        case .custom(let rid, let event, let data):
            return "\(place(rid))  \(style.warning(event))  \(TerminalText.printable(data?.text ?? ""))"
        case .misfit(let rid, let event, let why):
            return "\(place(rid))  \(style.bad("\(event) event that does not fit: \(why)"))"
        }
    }

    private func place(_ rid: String) -> String { style.link(TerminalText.printable(rid)) }

    /// For programs: the event as it came, in one line.
    static func json(rid: String, event: String, data: JSONSlice?) -> String {
        var members = [("rid", JSONSlice(string: rid)), ("event", JSONSlice(string: event))]
        if let data { members.append(("data", data)) }
        return JSONSlice.object(members).text
    }
}
