// A program with a NATS broker in it: a service inside, which programs outside can ask too while it runs.
//
//     swift run embedded-broker             asks its own service, and ends
//     swift run embedded-broker serve 4222  serves until it is interrupted: nats req sum '1 2 3'

import EmbeddedBroker

var configuration = BrokerConfiguration()
let arguments = CommandLine.arguments.dropFirst()
configuration.port = arguments.first == "serve" ? arguments.last.flatMap { Int($0) } ?? 4222 : nil

let broker = EmbeddedBroker(configuration)
try await broker.start()

// The service: adds up numbers, and tells who listens about each sum.
let service = try await broker.makeClient(name: "calculator")
let questions = try await service.subscribe(to: "sum", queue: "calculators")
let work = Task {
    for await question in questions {
        let numbers = question.text.split(separator: " ").compactMap { Int($0) }
        let sum = numbers.reduce(0) { $0.addingReportingOverflow($1).partialValue }
        try await service.respond(to: question, with: "\(sum)", headers: ["Count": "\(numbers.count)"])
        if try await service.hasInterest(in: "sums.\(sum)") {
            try await service.publish("", to: "sums.\(sum)")
        }
    }
}

if let address = broker.address {
    print("nats://\(address.ipAddress ?? ""):\(address.port ?? 0)")
    try await work.value
} else {
    let client = try await broker.makeClient(name: "asker")
    let sums = try await client.subscribe(to: "sums.*")
    for numbers in ["1 2 3", "", "40 2"] {
        let answer = try await client.request(numbers, to: "sum", timeout: .seconds(5))
        print("sum of \(answer.headers["Count"] ?? "?") numbers: \(answer.text)")
    }
    do {
        _ = try await client.request("1", to: "product")
    } catch let error as BusError where error.code == .noResponders {
        print(error)
    }
    await questions.drain()
    try await work.value
    await sums.drain()
    for await sum in sums { print(sum.subject) }
}
await broker.stop()
