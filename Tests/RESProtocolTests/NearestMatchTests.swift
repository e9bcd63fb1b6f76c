import Testing

@testable import RESProtocol

@Suite("Nearest match")
struct NearestMatchTests {
    @Test(
        "a slip of the finger finds the word that was meant",
        arguments: [
            ("servr", "serve"), ("sevre", "serve"), ("SERVE", "serve"), ("brokker", "broker"),
            ("stoer", "store"),
            ("gatway", "gateway"), ("xyz", nil), ("", nil), ("s", nil),
            (String(repeating: "s", count: 65), nil),
        ] as [(String, String?)]
    )
    func nearest(word: String, expected: String?) {
        #expect(word.nearestMatch(among: ["serve", "broker", "gateway", "store"]) == expected)
    }

    @Test("of two candidates the nearer one is taken")
    func nearer() {
        #expect("titel".nearestMatch(among: ["til", "title"]) == "title")
    }
}
