import Testing

@testable import resdev

@Suite("The program's code in memory")
struct ResidentCodeTests {
    @Test(
        "only code that is mapped from a file is given back",
        arguments: [
            ("5600-56ff r-xp 0072b000 fe:00 53                     /usr/bin/res dev", 0x5600..<0x56ff),
            ("5600-56ff r--p 00000000 fe:00 53                     /usr/bin/resdev", nil),
            ("5600-56ff rwxp 00000000 fe:00 53                     /usr/bin/resdev", nil),
            ("7ffd-7fff r-xp 00000000 00:00 0                      [vdso]", nil),
            ("7ffd-7fff r-xp 00000000 00:00 0 ", nil), ("", nil), ("x-y r-xp 0 0 0 /a", nil),
            ("5600-5600 r-xp 0 0 0 /a", nil),
        ] as [(String, Range<UInt>?)]
    )
    func ranges(line: String, range: Range<UInt>?) {
        #expect(ResidentCode.codeRange(Substring(line)) == range)
    }

    @Test("what was given back runs on")
    func release() {
        ResidentCode.release()
        #expect([3, 1, 2].sorted() == [1, 2, 3])
    }
}
