import EmbeddedBroker
import NIOCore
import Testing

/// The library as another package sees it: no `@testable`, and no access to what is the package's own.
@Suite("a broker embedded in a program")
struct BusClientTests {
    /// Runs a broker that listens nowhere, and stops it.
    private func withBroker(
        _ configure: (inout BrokerConfiguration) -> Void = { _ in },
        _ body: (EmbeddedBroker) async throws -> Void
    ) async throws {
        var configuration = BrokerConfiguration()
        configuration.port = nil
        configure(&configuration)
        let broker = EmbeddedBroker(configuration)
        try await broker.start()
        do {
            try await body(broker)
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    /// The texts of the next messages, as many as there should be.
    private func texts(_ subscription: BusClient.Subscription, _ count: Int) async -> [String] {
        var texts: [String] = []
        for await message in subscription {
            texts.append(message.text)
            if texts.count == count { break }
        }
        return texts
    }

    private func code(_ body: () async throws -> Void) async -> BusError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? BusError)?.code
        }
    }

    @Test("messages arrive in order, with subject, reply, headers and payload")
    func messages() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient(name: "a")
            let all = try await client.subscribe(to: "a.>")
            try await client.publish(
                "text",
                to: "a.b",
                reply: "back",
                headers: ["One": "1", "Two": "2", "One": "3"]
            )
            try await client.publish([1, 2, 3], to: "a.c")
            try await client.publish(ByteBuffer(string: "buffer"), to: "a.d")
            var received: [BusMessage] = []
            for await message in all {
                received.append(message)
                if received.count == 3 { break }
            }
            #expect(received.map(\.subject) == ["a.b", "a.c", "a.d"])
            #expect(received[0].text == "text" && received[0].reply == "back")
            #expect(received[0].headers["One"] == "1" && received[0].headers.values(of: "One") == ["1", "3"])
            #expect(received[0].headers["one"] == nil && received[0].headers.status == nil)
            #expect(Array(received[1].payload.readableBytesView) == [1, 2, 3])
            #expect(received[1].reply == nil && received[1].headers.isEmpty)
            #expect(received[2].text == "buffer")
        }
    }

    @Test("a request is answered by a service, by nobody, or not in time")
    func requests() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let service = try await broker.makeClient(name: "service")
            let questions = try await service.subscribe(to: "double", queue: "workers")
            let work = Task {
                for await question in questions where question.text != "silence" {
                    try await service.respond(
                        to: question,
                        with: question.text + question.text,
                        headers: ["N": "1"]
                    )
                }
            }
            let answer = try await client.request("ab", to: "double")
            #expect(answer.text == "abab" && answer.headers["N"] == "1")
            #expect(await code { _ = try await client.request("x", to: "nobody") } == .noResponders)
            #expect(
                await code {
                    _ = try await client.request("silence", to: "double", timeout: .milliseconds(20))
                } == .timedOut
            )
            await questions.unsubscribe()
            try await work.value
            #expect(await code { _ = try await client.request(to: "double") } == .noResponders)
        }
    }

    @Test("a request whose task is cancelled ends at once")
    func cancelledRequest() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let silent = try await client.subscribe(to: "silent")
            let task = Task { try await client.request("x", to: "silent", timeout: .seconds(60)) }
            #expect(await texts(silent, 1) == ["x"])
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("the members of a queue group share, plain subscribers get everything")
    func queueGroups() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let members = [
                try await client.subscribe(to: "job", queue: "q"),
                try await client.subscribe(to: "*", queue: "q"),
            ]
            let plain = try await client.subscribe(to: "job")
            for number in 0..<200 { try await client.publish("\(number)", to: "job") }
            await client.drain()
            var shared: [Int] = []
            for member in members {
                var count = 0
                for await _ in member { count += 1 }
                shared.append(count)
            }
            #expect(shared.reduce(0, +) == 200 && shared.allSatisfy { $0 > 40 })
            #expect(await texts(plain, 200) == (0..<200).map(String.init))
        }
    }

    @Test("a subscription ends after the number of messages that was asked for, all counted")
    func autoUnsubscribe() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let early = try await client.subscribe(to: "a")
            let late = try await client.subscribe(to: "a")
            await early.unsubscribe(after: 3)
            for number in 0..<5 { try await client.publish("\(number)", to: "a") }
            try await client.flush()
            #expect(await texts(early, 9) == ["0", "1", "2"])
            await late.unsubscribe(after: 4)
            try await client.publish("5", to: "a")
            #expect(await texts(late, 9) == ["0", "1", "2", "3", "4"])
            #expect(try await !client.hasInterest(in: "a"))
        }
    }

    @Test("drain keeps what was published before, unsubscribe ends at once")
    func endings() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let drained = try await client.subscribe(to: "a")
            let ended = try await client.subscribe(to: "a")
            for number in 0..<3_000 { try await client.publish("\(number)", to: "a") }
            await drained.drain()
            await ended.unsubscribe()
            try await client.publish("late", to: "a")
            try await client.flush()
            var count = 0
            for await message in drained {
                #expect(message.text == "\(count)")
                count += 1
            }
            #expect(count == 3_000)
            #expect(await texts(ended, 3_001).last == "2999")
        }
    }

    @Test("whether anyone listens is known, and changes when a subscription is let go")
    func interest() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            #expect(try await !client.hasInterest(in: "news.sport"))
            var subscription: BusClient.Subscription? = try await client.subscribe(to: "news.*")
            #expect(try await client.hasInterest(in: "news.sport"))
            #expect(try await !client.hasInterest(in: "news.sport.today"))
            #expect(subscription?.subject == "news.*")
            subscription = nil
            #expect(try await !client.hasInterest(in: "news.sport"))
        }
    }

    @Test("a cancelled task stops taking; the subscription goes on")
    func cancelledConsumer() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let subscription = try await client.subscribe(to: "a")
            let task = Task {
                for await _ in subscription {}
                return true
            }
            task.cancel()
            #expect(await task.value)
            try await client.publish("still", to: "a")
            #expect(await texts(subscription, 1) == ["still"])
        }
    }

    @Test("what a slow task does not take is dropped at the limit, and counted")
    func droppedMessages() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let few = try await client.subscribe(to: "a", limits: .init(messages: 3))
            let small = try await client.subscribe(to: "a", limits: .init(bytes: 5))
            for number in 0..<5 { try await client.publish("\(number)", to: "a") }
            try await client.flush()
            #expect(few.droppedMessages == 2 && small.droppedMessages == 3)
            #expect(await texts(few, 3) == ["0", "1", "2"])
            #expect(await texts(small, 2) == ["0", "1"])
            try await client.publish("next", to: "a")
            #expect(await texts(few, 1) == ["next"])
        }
    }

    @Test(
        "what cannot be sent is refused with a reason",
        arguments: [
            ("a..b", BusError.Code.invalidSubject), ("", .invalidSubject), ("a b", .invalidSubject),
            ("a.*", .invalidSubject), (">", .invalidSubject), ("fine*", nil),
        ]
    )
    func subjects(subject: String, expected: BusError.Code?) async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            #expect(await code { try await client.publish("", to: subject) } == expected)
        }
    }

    @Test("headers, queue names, patterns and sizes are checked")
    func checks() async throws {
        try await withBroker { configuration in
            configuration.limits.maximumPayload = 20
        } _: { broker in
            let client = try await broker.makeClient()
            #expect(client.maximumPayload == 20)
            #expect(
                await code { try await client.publish("", to: "a", headers: ["a:": "1"]) } == .invalidHeader
            )
            #expect(
                await code { try await client.publish("", to: "a", headers: ["a": "\r\n"]) } == .invalidHeader
            )
            #expect(await code { _ = try await client.subscribe(to: "a.>.b") } == .invalidSubject)
            #expect(await code { _ = try await client.subscribe(to: "a", queue: "q q") } == .invalidQueue)
            let twenty = String(repeating: "x", count: 20)
            #expect(await code { try await client.publish(twenty, to: "a") } == nil)
            #expect(await code { try await client.publish(twenty + "x", to: "a") } == .payloadTooLarge)
            #expect(await code { _ = try await client.request(twenty + "x", to: "a") } == .payloadTooLarge)
            #expect(await code { _ = try await broker.makeClient(account: "none") } == .unknownAccount)
        }
    }

    @Test("accounts are subject spaces of their own")
    func accounts() async throws {
        try await withBroker { configuration in
            configuration.access.accounts = [BrokerAccount(name: "A")]
        } _: { broker in
            let inside = try await broker.makeClient(account: "A")
            let outside = try await broker.makeClient()
            let subscription = try await inside.subscribe(to: "x")
            try await outside.publish("unseen", to: "x")
            #expect(try await !outside.hasInterest(in: "x"))
            try await outside.flush()
            try await inside.publish("seen", to: "x")
            #expect(await texts(subscription, 1) == ["seen"])
        }
    }

    @Test("an account uses what another offers, and subjects are rewritten")
    func exports() async throws {
        try await withBroker { configuration in
            var offers = BrokerAccount(name: "OFFERS")
            offers.exports = [
                BrokerExport(kind: .service(.singleton), subject: "double"),
                BrokerExport(kind: .stream, subject: "news.>"),
            ]
            var uses = BrokerAccount(name: "USES")
            var service = BrokerImport(isService: true, account: "OFFERS", subject: "double")
            service.localSubject = "twice"
            uses.imports = [service, BrokerImport(isService: false, account: "OFFERS", subject: "news.>")]
            uses.mappings = [
                BrokerMapping(source: "old", destinations: [.init(subject: "new", weight: 100)])
            ]
            configuration.access.accounts = [offers, uses]
        } _: { broker in
            let inside = try await broker.makeClient(account: "OFFERS")
            let outside = try await broker.makeClient(account: "USES")
            let questions = try await inside.subscribe(to: "double")
            let work = Task {
                for await question in questions {
                    try await inside.respond(to: question, with: question.text + question.text)
                }
            }
            #expect(try await outside.request("ab", to: "twice").text == "abab")
            let news = try await outside.subscribe(to: "news.sport")
            try await inside.publish("goal", to: "news.sport")
            #expect(await texts(news, 1) == ["goal"])
            let renamed = try await outside.subscribe(to: "new")
            try await outside.publish("moved", to: "old")
            #expect(await texts(renamed, 1) == ["moved"])
            await questions.unsubscribe()
            try await work.value
        }
    }

    @Test("users are values, with permissions, and keys that are checked")
    func users() {
        var user = BrokerUser(name: "a", password: "b")
        var permissions = SubjectPermissions()
        permissions.publish = .init(allow: ["a.>"], deny: ["a.b"])
        permissions.responses = .init(maximum: 1, expires: .seconds(60))
        user.permissions = permissions
        #expect(user.permissions?.publish.deny == ["a.b"])
        #expect(BrokerUser(publicKey: "no key") == nil)
        let key = "UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L"
        #expect(BrokerUser(publicKey: key)?.name == key)
    }

    @Test("a publisher that is faster than the broker waits, and loses nothing")
    func backPressure() async throws {
        try await withBroker { broker in
            let client = try await broker.makeClient()
            let subscription = try await client.subscribe(to: "a", limits: .init(messages: 50_000))
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<10_000 { try await client.publish("x", to: "a") } }
                }
                try await group.waitForAll()
            }
            await subscription.drain()
            var count = 0
            for await _ in subscription { count += 1 }
            #expect(count == 40_000 && subscription.droppedMessages == 0)
        }
    }

    @Test("when the broker stops, clients and their subscriptions end")
    func stop() async throws {
        var configuration = BrokerConfiguration()
        configuration.port = nil
        let broker = EmbeddedBroker(configuration)
        try await broker.start()
        let client = try await broker.makeClient()
        let subscription = try await client.subscribe(to: "a")
        let silent = try await client.subscribe(to: "silent")
        let question = Task { try await client.request("x", to: "silent", timeout: .seconds(60)) }
        #expect(await texts(silent, 1) == ["x"])
        await broker.stop()
        #expect(await texts(subscription, 1) == [])
        #expect(await code { _ = try await question.value } == .closed)
        #expect(await code { try await client.publish("", to: "a") } == .closed)
        #expect(await code { _ = try await client.subscribe(to: "a") } == .closed)
        #expect(await code { _ = try await client.hasInterest(in: "a") } == .closed)
        #expect(await code { _ = try await broker.makeClient() } == .closed)
        await client.close()
        await subscription.unsubscribe()
        await broker.stop()
    }

    @Test("a listener can be opened on a free port, and a taken one is an error")
    func listener() async throws {
        try await withBroker {
            $0.port = 0
        } _: { broker in
            let port = try #require(broker.address?.port)
            var configuration = BrokerConfiguration()
            configuration.port = port
            let second = EmbeddedBroker(configuration)
            await #expect(throws: BrokerStartError.self) { try await second.start() }
            await second.stop()
            #expect(await broker.connectionCount == 0)
        }
    }
}
