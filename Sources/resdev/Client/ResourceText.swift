import RESProtocol

import struct NIOCore.ByteBuffer

/// What a resource looks like: a table or a list for people, JSON lines for programs.
struct ResourceText {
    let copies: ResourceCopies
    let style: TerminalStyle
    /// Cells of a terminal's line.
    let width: Int

    /// For people: a model as a list of its properties, a collection of models as a table.
    func lines(of rid: String) -> [String] {
        switch copies[rid] {
        case nil: [style.dim("nothing")]
        case .error(let error): [style.bad("\(error.message) (\(error.code))")]
        case .model(let members): model(members)
        case .collection(let elements): collection(elements)
        }
    }

    /// For programs: a model in one line, a collection with one line an element; what is referenced stands in its
    /// place where it was sent along.
    func jsonLines(of rid: String) -> [String] {
        switch copies[rid] {
        case nil: []
        case .error(let error): [JSONSlice.object([("error", ResourceText.json(error))]).text]
        case .model(let members): [ResourceText.json(members).text]
        case .collection(let elements): elements.map { resolved($0).text }
        }
    }

    static func json(_ error: RESError) -> JSONSlice {
        var bytes = ByteBuffer()
        error.encode(into: &bytes)
        return JSONSlice(unchecked: bytes)
    }

    private static func json(_ members: [ModelMember]) -> JSONSlice {
        .object(members.map { ($0.name, $0.value.json) })
    }

    private func resolved(_ value: ResourceValue) -> JSONSlice {
        guard case .reference(let id) = value, case .model(let members) = copies[id.text] else {
            return value.json
        }
        return ResourceText.json(members)
    }

    private func model(_ members: [ModelMember]) -> [String] {
        let nameWidth = members.map { TerminalText.width($0.name) }.max() ?? 0
        return members.map { member in
            let name = TerminalText.fitted(TerminalText.printable(member.name), to: nameWidth)
            return "\(style.bold(name))  \(cell(member.value))"
        }
    }

    private func collection(_ elements: [ResourceValue]) -> [String] {
        guard !elements.isEmpty else { return [style.dim("empty")] }
        let models = elements.map { element -> [ModelMember]? in
            guard case .reference(let id) = element, case .model(let members) = copies[id.text] else {
                return nil
            }
            return members
        }
        guard models.contains(where: { $0 != nil }) else { return elements.map(cell) }
        return table(elements, models)
    }

    private func table(_ elements: [ResourceValue], _ models: [[ModelMember]?]) -> [String] {
        var names: [String] = []
        for model in models.compactMap({ $0 }) {
            for member in model where !names.contains(member.name) && !isLink(member.value) {
                names.append(member.name)
            }
        }
        var table = TerminalTable(headings: names.map(TerminalText.printable))
        for (element, model) in zip(elements, models) {
            guard let model else {
                table.add([element.shown])
                continue
            }
            let values = Dictionary(model.map { ($0.name, $0.value) }) { first, _ in first }
            table.add(names.map { values[$0].map(text) ?? "" })
        }
        return table.lines(width: width, style: style)
    }

    /// Links would fill a table with ids that follow from the row.
    private func isLink(_ value: ResourceValue) -> Bool {
        if case .softReference = value { true } else { false }
    }

    private func text(_ value: ResourceValue) -> String {
        if case .primitive(let slice) = value, slice.isNull { return "∅" }
        return value.shown
    }

    private func cell(_ value: ResourceValue) -> String {
        switch value {
        case .primitive(let slice) where slice.isNull: style.dim("∅")
        case .reference, .softReference: style.link(value.shown)
        default: value.shown
        }
    }
}
