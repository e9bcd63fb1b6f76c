import RESProtocol

@testable import Store

/// What clients and other processes do with a database of random shape.
extension ShapeOracle {
    /// Asks for one resource of any kind.
    mutating func ask() {
        guard let table = shape.tables.randomElement(using: &random) else { return }
        let name = "library." + NamePart.encode(table.name)
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: hold(name + "?" + query(table), isModel: false)
        case 2: hold(name + ".$count?" + filter(table), isModel: true)
        case 3: hold(row: name + "." + key(table))
        case 4 where !table.references.isEmpty: hold(name + "." + key(table) + "?expand=up", isModel: true)
        case 5:
            let index = Int.random(in: 0..<shape.tables.count, using: &random)
            hold("library.$q.above\(index)?n=\(Int.random(in: 0...4, using: &random))", isModel: false)
        case 6: askForView()
        case 7:
            guard let parent = table.references.first?.table else { return }
            let row = "library.\(NamePart.encode(parent)).\(Int.random(in: 1...8, using: &random))"
            hold(row + ".\(NamePart.encode(table.name))?sort=-n", isModel: false)
            hold(row + ".\(NamePart.encode(table.name)).$count", isModel: true)
        default:
            guard table.name == shape.tables.first(where: \.isKeyInteger)?.name else { return }
            let word = ["al", "b*", "cy", "zoe%20al"][Int.random(in: 0..<4, using: &random)]
            hold(name + "?q=" + word + "&sort=n", isModel: false)
        }
    }

    private mutating func askForView() {
        guard let view = shape.views.randomElement(using: &random) else { return }
        let sort = ["n", "-n,t", "t"][Int.random(in: 0..<3, using: &random)]
        hold("library.\(view)?sort=\(sort)", isModel: false)
        if view.hasPrefix("keyed") {
            hold(row: "library.\(view).\(Int.random(in: 1...8, using: &random))")
        } else {
            hold("library.\(view).$count?n__gt=1", isModel: true)
        }
    }

    private mutating func query(_ table: RandomSchema.Table) -> String {
        var pieces = [filter(table)]
        if Bool.random(using: &random) {
            pieces.append(
                "sort=" + ["n", "-n", "t,-n", "-x", "x,t", "-t"][Int.random(in: 0..<6, using: &random)]
            )
        }
        if Bool.random(using: &random) { pieces.append("limit=\(Int.random(in: 1...5, using: &random))") }
        if Int.random(in: 0..<4, using: &random) == 0 {
            pieces.append("start=\(Int.random(in: 1...3, using: &random))")
        }
        if Int.random(in: 0..<5, using: &random) == 0 {
            pieces.append("fields=n,t")
        } else if !table.references.isEmpty, Bool.random(using: &random) {
            pieces.append("expand=up")
        }
        return pieces.filter { !$0.isEmpty }.joined(separator: "&")
    }

    private mutating func filter(_ table: RandomSchema.Table) -> String {
        let number = Int.random(in: -1...5, using: &random)
        return [
            "", "n=\(number)", "n__gt=\(number)", "n__lte=\(number)", "n__ne=\(number)", "t=al",
            "t__startswith=A",
            "t__contains=o", "x__isnull=true", "x__gt=\(number)", "x=\(number)", "t__in=Al,bo,%20",
            "n__notin=1,2",
            "odd%20%22col%22=d", "t__gte=b&n__lt=4", "x__lt=m",
        ][Int.random(in: 0..<16, using: &random)]
    }

    private mutating func key(_ table: RandomSchema.Table) -> String {
        let number = Int.random(in: 1...8, using: &random)
        let code = ["a", "B", "c~2Cd", "~e", "~C3~BC"][number % 5]
        switch table.key {
        case ["code"]: return code == "~e" ? "e" : code
        case ["k2", "k1"]: return "\(code),\(number % 3)"
        default: return String(number)
        }
    }

    private mutating func value(_ column: String) -> String {
        let number = Int.random(in: 0...7, using: &random)
        switch column {
        case "n": return number == 0 ? "null" : String(number - 2)
        case "t":
            return ["\"Al\"", "\"al\"", "\"bo \"", "\"Bo\"", "null", "\"zoe al\"", "\"cy\"", "\"\""][number]
        case "x": return ["1", "2", "2.5", "null", "-1", "3", "0", "4.25"][number]
        default: return number < 4 ? #""d""# : #"{"action":"delete"}"#
        }
    }

    private mutating func params(_ table: RandomSchema.Table, isNew: Bool) -> String {
        var members = table.columns.filter { _ in isNew || Bool.random(using: &random) }.map {
            "\(JSONSlice(string: $0).text):\(value($0))"
        }
        for reference in table.references where Bool.random(using: &random) {
            members.append("\"\(reference.column)\":\(Int.random(in: 1...8, using: &random))")
        }
        if isNew || Int.random(in: 0..<6, using: &random) == 0 {
            let number = Int.random(in: 1...8, using: &random)
            let code = ["\"a\"", "\"B\"", "\"c,d\"", "\"\"", "\"ü\""][number % 5]
            switch table.key {
            case ["id"]: members.append("\"id\":\(number)")
            case ["code"]: members.append("\"code\":\(code)")
            case ["k2", "k1"]: members += ["\"k1\":\(number % 3)", "\"k2\":\(code)"]
            default: break
            }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// Calls that arrive together.
    mutating func changes() -> [(subject: String, payload: String)] {
        var requests: [(subject: String, payload: String)] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let table = shape.tables.randomElement(using: &random) else { continue }
            let name = "library." + NamePart.encode(table.name)
            let row = name + "." + key(table)
            let call: (String, String) =
                switch Int.random(in: 0..<12, using: &random) {
                case 0...4: (name + ".new", params(table, isNew: true))
                case 5...7: (row + ".set", params(table, isNew: false))
                case 8: (row + ".put", params(table, isNew: false))
                case 9: (row + ".increment", #"{"n":1}"#)
                case 10:
                    (
                        "library.$q.grow\(Int.random(in: 0..<shape.tables.count, using: &random))",
                        "{\"n\":\(Int.random(in: 0...3, using: &random))}"
                    )
                default: (row + ".delete", "null")
                }
            requests.append(("call." + call.0, "{\"params\":\(call.1)}"))
        }
        return requests
    }

    /// What another process runs.
    mutating func statement() -> String {
        guard let table = shape.tables.randomElement(using: &random) else { return "" }
        let name = SQLText.quoted(table.name)
        let number = Int.random(in: 0...5, using: &random)
        return [
            "UPDATE \(name) SET n = n + 1 WHERE n < \(number)", "DELETE FROM \(name) WHERE n = \(number)",
            "UPDATE \(name) SET t = upper(t)", "UPDATE \(name) SET x = n WHERE t = 'al'",
            "INSERT OR REPLACE INTO \(name) SELECT * FROM \(name) WHERE 0",
            "DELETE FROM \(name) WHERE x IS NULL",
            "PRAGMA foreign_keys = ON; DELETE FROM \(name) WHERE t = 'Bo'",
        ][Int.random(in: 0..<7, using: &random)]
    }
}
