"""What is sent in the differential test: names and steps, see differential.py."""

QUIET = b'CONNECT {"verbose":false,"pedantic":false,"protocol":1}\r\n'
HEADERS = b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1}\r\n'
ALL = QUIET + b"SUB > 9\r\n"


def each(title, prefix, texts, suffix=b"PING\r\n", split=True):
    """One case for each text, on one connection; and the same byte by byte.

    `split=False` is for what nats-server itself answers differently when it comes in pieces: it reports an invalid
    publish subject twice, and drops a stray CR from an argument.
    """
    cases = []
    for text in texts:
        whole = prefix + text + suffix
        cases.append((f"{title} {text!r}", [("a", whole)]))
        if split and len(whole) < 400:
            cases.append((f"{title} {text!r} byte by byte", [("a", prefix), ("a", [bytes([b]) for b in text + suffix])]))
    return cases


CASES = []

CASES += each("without connect", b"", [
    b"", b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"SUB foo 1\r\nPUB foo 2\r\nhi\r\n", b"\r\n", b" PING\r\n",
])

CASES += each("operation", ALL, [
    b"ping\r\n", b"PiNg\r\n", b"PING foo\r\n", b"PING  \r\n", b"PING\rPING\r\n", b"PINGG\r\n", b"PIN\r\n", b"PING\n",
    b"pong\r\n", b"PONGX\n", b"+ok\r\n", b"+OKX\r\n", b"+O\r\n", b"-ERR\r\n", b"-ERR foo\r\n", b"-err 'x'\r\n",
    b"-ERRX foo\r\n", b"-E\r\n", b"INFO\r\n", b"INFO {}\r\n", b"INFO{}\r\n", b"INFO x\r\n", b"INFO []\r\n",
    b"INFO {\"port\":1}\r\n",
    b"MSG foo 1 2\r\nhi\r\n", b"HMSG foo\r\n", b"RS+ foo\r\n", b"A+ foo\r\n", b"LS+ foo\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"\x00\x01\x02", b"X", b"\r\n", b"\n", b" \r\n", b"P\r\n", b"PX", b"H\r\n", b"HM", b"S\r\n", b"U\r\n", b"CONNEX",
])

CASES += each("PUB", ALL, [
    b"PUB foo 2\r\nhi\r\n", b"pub foo 2\r\nhi\r\n", b"PuB foo 2\r\nhi\r\n", b"PUB foo 2\nhi\r\n", b"PUB\tfoo\t2\r\nhi\r\n",
    b"PUB   foo  \t 2 \t\r\nhi\r\n", b"PUB foo 2 \r\nhi\r\n", b"PUB foo bar 2\r\nhi\r\n", b"PUB foo  bar  2\r\nhi\r\n",
    b"PUB foo 0\r\n\r\n", b"PUB foo 00\r\n\r\n", b"PUB foo 0002\r\nhi\r\n", b"PUB foo 000000002\r\nhi\r\n",
    b"PUB foo 0000000002\r\nhi\r\n", b"PUB foo +2\r\nhi\r\n", b"PUB foo -2\r\nhi\r\n", b"PUB foo 2x\r\nhi\r\n",
    b"PUB foo x\r\nhi\r\n", b"PUB foo\r\nhi\r\n", b"PUB\r\n", b"PUB \r\n", b"PUB \r\nfoo 2\r\nhi\r\n",
    b"PUB \nfoo 2\r\nhi\r\n", b"PUB foo bar baz 2\r\nhi\r\n", b"PUB a b c d e f 2\r\nhi\r\n", b"PUB foo\r2\r\nhi\r\n",
    b"PUBfoo 2\r\nhi\r\n", b"PUB foo 2\r\nhiX\r\n",
    b"PUB foo 2\r\nhi\n", b"PUB foo 2\r\nh\r\n", b"PUB foo 2\r\nhi\rX", b"PUB foo 3\r\nhi\r\n",
    b"PUB foo 1048576\r\n" + b"x" * 1048576 + b"\r\n", b"PUB foo 1048577\r\n", b"PUB foo 999999999\r\n",
    b"PUB foo 9999999999\r\n", b"PUB foo 99999999999999999999999\r\n", b"PUB foo.* 2\r\nhi\r\n", b"PUB foo.> 2\r\nhi\r\n",
    b"PUB * 2\r\nhi\r\n", b"PUB > 2\r\nhi\r\n", b"PUB foo..bar 2\r\nhi\r\n", b"PUB .foo 2\r\nhi\r\n",
    b"PUB foo. 2\r\nhi\r\n", b"PUB . 2\r\nhi\r\n", b"PUB f\x00o 2\r\nhi\r\n", b"PUB f\xc3\xb6\xc3\xb6 2\r\nhi\r\n",
    b"PUB foo 6\r\nPING\r\n\r\n", b"PUB foo 2\r\n\r\n\r\n", b"PUB _R_.x 0\r\n\r\n", b"PUB _GR_.x 0\r\n\r\n",
    b"PUB _GR_x 0\r\n\r\n", b"PUB foo _R_.x 0\r\n\r\n", b"PUB foo _R_x 0\r\n\r\n", b"PUB foo _R_. 0\r\n\r\n",
    b"PUB foo _GR_.x 0\r\n\r\n", b"PUB foo _GR_. 0\r\n\r\n", b"PUB _GR_. 0\r\n\r\n", b"PUB foo $JS.ACK.x 0\r\n\r\n",
    b"PUB foo $JS.ACK. 0\r\n\r\n", b"PUB foo $JS.ACK 0\r\n\r\n", b"PUB $JS.ACK.x 0\r\n\r\n",
    b"PUB foo a..b 0\r\n\r\n", b"PUB foo a.* 0\r\n\r\n", b"PUB $SYS.x 0\r\n\r\n",
])

CASES += each("PUB", ALL, [b"PUB foo 2\r3\r\nhi\r\n", b"PUB foo 2\r \nhi\r\n"], split=False)

CASES += each("PUB without reading all", QUIET + b"SUB foo 1\r\n", [
    b"PUB foo 2\r\nhi\r\nPUB foo 2\r\nhiX",
])

CASES += each("control line", ALL, [
    b"PUB " + b"a" * 4094 + b" 0\r\n\r\n", b"PUB " + b"a" * 4095 + b" 0\r\n\r\n", b"PUB " + b"a" * 4096,
    b"PUB " + b"a" * 4097, b"PUB " + b"a" * 4096 + b"\r", b"SUB " + b"a" * 4094 + b" 1\r\n",
    b"SUB " + b"a" * 4095 + b" 1\r\n", b"PUB" + b" " * 5000 + b"foo 0\r\n\r\n", b"PING" + b" " * 5000 + b"\r\n",
    b"SUB foo " + b"1" * 4092 + b"\r\n", b"SUB foo " + b"1" * 4093 + b"\r\n",
    b'CONNECT {"verbose":false,"name":"' + b"a" * 4061 + b'"}\r\n',
    b'CONNECT {"verbose":false,"name":"' + b"a" * 4062 + b'"}\r\n',
    b'CONNECT {"verbose":false,"name":"' + b"a" * 4063 + b'"}\r\n',
    b'CONNECT {"verbose":false,"name":"' + b"a" * 4064 + b'"}\r\n',
    b'CONNECT {"verbose":false,"name":"' + b"a" * 6000,
    b"-ERR " + b"a" * 5000 + b"\r\n", b"INFO " + b"a" * 5000 + b"\r\n", b"UNSUB " + b"1" * 4097 + b"\r\n",
])

CASES += each("SUB", QUIET, [
    b"SUB foo " + b"1" * 4092 + b"\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1\r\nPUB foo 1\r\nx\r\n", b"sub foo 1\nPUB foo 1\r\nx\r\n", b"SUB  foo\t 1 \r\nPUB foo 1\r\nx\r\n",
    b"SUB foo\r\n", b"SUB\r\n", b"SUB \r\n", b"SUB foo q 1\r\nPUB foo 1\r\nx\r\n", b"SUB foo q 1 2\r\n", b"SUBfoo 1\r\n",
    b"SUB foo..bar 1\r\n", b"SUB .foo 1\r\n", b"SUB foo. 1\r\n", b"SUB foo.>.bar 1\r\n", b"SUB > 1\r\nPUB a.b 0\r\n\r\n",
    b"SUB foo*bar 1\r\nPUB foo*bar 0\r\n\r\nPUB foobar 0\r\n\r\n", b"SUB fo>o 1\r\nPUB fo>o 0\r\n\r\n",
    b"SUB foo.*x 1\r\nPUB foo.*x 0\r\n\r\nPUB foo.ax 0\r\n\r\n", b"SUB f\xc3\xb6 1\r\nPUB f\xc3\xb6 0\r\n\r\n",
    b"SUB f\x00 1\r\nPUB f\x00 0\r\n\r\n", b"SUB $SYS.> 1\r\n", b"SUB foo 1\r\nSUB bar 1\r\nPUB foo 0\r\n\r\nPUB bar 0\r\n\r\n",
    b"SUB foo abc\r\nPUB foo 0\r\n\r\n", b"SUB foo -1\r\nPUB foo 0\r\n\r\n", b"SUB foo 12345678901234567\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1234567890123456\r\nPUB foo 0\r\n\r\n", b"SUB foo 123456789\r\nPUB foo 0\r\n\r\n",
    b"SUB foo.> 1\r\nPUB foo 0\r\n\r\nPUB foo.a 0\r\n\r\nPUB foo.a.b 0\r\n\r\n",
    b"SUB foo.* 1\r\nPUB foo 0\r\n\r\nPUB foo.a 0\r\n\r\nPUB foo.a.b 0\r\n\r\nPUB foo.* 0\r\n\r\nPUB foo.> 0\r\n\r\n",
    b"SUB *.a 1\r\nPUB x.a 0\r\n\r\nPUB a 0\r\n\r\nPUB x.b 0\r\n\r\n", b"SUB Foo 1\r\nPUB foo 0\r\n\r\n",
    b"SUB * 1\r\nPUB foo..bar 0\r\n\r\nPUB . 0\r\n\r\n", b"SUB foo. q 1\r\n", b"SUB foo q..r 1\r\nPUB foo 0\r\n\r\n",
    b"SUB foo \r1\r\nPUB foo 0\r\n\r\n", b"SUB \nfoo 1\r\nPUB foo 0\r\n\r\n",
])

CASES += each("SUB verbose", b"CONNECT {}\r\n", [
    b"SUB foo 1\r\n", b"SUB foo 1\r\nSUB foo 1\r\n", b"SUB foo. 1\r\n", b"UNSUB 1\r\n", b"SUB foo 1\r\nUNSUB 1\r\n",
    b"SUB foo 1\r\nPUB foo 2\r\nhi\r\n",
    b"PUB _GR_.x 0\r\n\r\n", b"PUB foo _R_.x 0\r\n\r\n", b"PUB foo a..b 0\r\n\r\n", b"PONG\r\n", b"PUB foo 2\r\nhiX\r\n",
])

CASES += each("PUB pedantic", b"CONNECT {}\r\n", [
    b'CONNECT {"pedantic":true,"verbose":false}\r\nPUB foo.* 0\r\n\r\n',
    b"PUB foo.* 2\r\nhi\r\n", b"PUB foo..bar 2\r\nhi\r\n", b"PUB foo.> 0\r\n\r\n",
], split=False)

CASES += each("UNSUB", QUIET, [
    b"SUB foo 1\r\nUNSUB 1\r\nPUB foo 0\r\n\r\n", b"SUB foo 1\r\nUNSUB 1 2\r\n" + b"PUB foo 0\r\n\r\n" * 3,
    b"SUB foo 1\r\n" + b"PUB foo 0\r\n\r\n" * 2 + b"UNSUB 1 2\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1\r\n" + b"PUB foo 0\r\n\r\n" * 2 + b"UNSUB 1 3\r\n" + b"PUB foo 0\r\n\r\n" * 2,
    b"SUB foo 1\r\nUNSUB 1 0\r\nPUB foo 0\r\n\r\n", b"SUB foo 1\r\nUNSUB 1 -1\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1\r\nUNSUB 1 x\r\nPUB foo 0\r\n\r\n", b"UNSUB 7\r\n", b"UNSUB\r\n", b"UNSUB \r\n", b"UNSUB 1 2 3\r\n",
    b"SUB foo 1\r\nunsub\t1\nPUB foo 0\r\n\r\n", b"SUB foo 1\r\nUNSUB 1 2\r\nUNSUB 1 5\r\n" + b"PUB foo 0\r\n\r\n" * 4,
    b"SUB foo 1\r\nUNSUB 1 2\r\nUNSUB 1\r\n" + b"PUB foo 0\r\n\r\n" * 4,
    b"SUB foo q 1\r\nUNSUB 1 2\r\n" + b"PUB foo 0\r\n\r\n" * 4, b"SUB foo 1\r\nUNSUB 1 1\r\nPUB foo 0\r\n\r\nSUB foo 1\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1\r\nUNSUB 1 99999999999999999999\r\nPUB foo 0\r\n\r\n", b"SUB foo 1\r\nUNSUB 1 1234567890\r\nPUB foo 0\r\n\r\n",
    b"SUB foo 1\r\nUNSUB 1 +1\r\nPUB foo 0\r\n\r\n",
])

CASES += each("CONNECT", b"", [
    b"CONNECT {}\r\n", b"CONNECT{}\r\n", b"CONNECT\t{}\n", b"CONNECT\r\n", b"CONNECT \r\n", b"CONNECT []\r\n",
    b"CONNECT null\r\n", b"CONNECT 5\r\n", b'CONNECT "x"\r\n', b"CONNECT {} x\r\n", b"CONNECT {\r\n", b"CONNECT {'a':1}\r\n",
    b'CONNECT {"verbose":1}\r\n', b'CONNECT {"verbose":null}\r\n', b'CONNECT {"VERBOSE":false}\r\n',
    b'CONNECT {"verbose":false,"VERBOSE":true}\r\n', b'CONNECT {"x":[1,{"y":2}]}\r\n', b'CONNECT {"name":5}\r\n',
    b'CONNECT {"protocol":0}\r\n', b'CONNECT {"protocol":1}\r\n', b'CONNECT {"protocol":2}\r\n',
    b'CONNECT {"protocol":-1}\r\n', b'CONNECT {"protocol":1.0}\r\n', b'CONNECT {"protocol":"1"}\r\n',
    b'CONNECT {"protocol":99999999999999999999}\r\n', b'CONNECT {"account":"A"}\r\n', b'CONNECT {"account":""}\r\n',
    b'CONNECT {"new_account":true}\r\n', b'CONNECT {"no_responders":true}\r\n',
    b'CONNECT {"no_responders":true,"headers":true}\r\n', b'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\n',
    b'CONNECT {"verbose":false}\r\nCONNECT {"verbose":true}\r\n', b'CONNECT {"verbose":false,"protocol":1}\r\nPING\r\nCONNECT {"protocol":1}\r\n',
    b'CONNECT {"user":"x","pass":"y"}\r\n', b'CONNECT {"auth_token":"x"}\r\n', b'CONNECT {"nkey":"x","sig":"y"}\r\n',
    b'CONNECT {"tls_required":true}\r\n', b'CONNECT {"tls_required":5}\r\n', b'CONNECT {"echo":"no"}\r\n',
    b'CONNECT {"verbose":false} \r\n', b'CONNECT {"verbose":false}\t\r\n', b'CONNECT {"name":"\\ud83d\\ude00 \\u00e4"}\r\n',
    b'CONNECT {"name":"\xff"}\r\n', b'CONNECT {"verbose":false,}\r\n', b'CONNECT {"a":01}\r\n',
    b'CONNECT {"import":{}}\r\n',
    b'CONNECT {"verbose":false}\r\nSUB foo 1\r\nCONNECT {"verbose":false}\r\nPUB foo 0\r\n\r\n',
    b'CONNECT {"verbose":false,"echo":false}\r\nSUB foo 1\r\nSUB foo q 2\r\nPUB foo 0\r\n\r\n',
])

CASES += each("HPUB", HEADERS + b"SUB > 9\r\n", [
    b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", b"hpub foo bar 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", b"HPUB foo 0 2\r\nhi\r\n",
    b"HPUB foo bar 0 2\r\nhi\r\n", b"HPUB foo 2 2\r\nhi\r\n", b"HPUB foo  002\t 0003 \r\nhi!\r\n", b"HPUB foo 3 2\r\nhi\r\n",
    b"HPUB foo -1 2\r\nhi\r\n", b"HPUB foo x 2\r\nhi\r\n", b"HPUB foo 2\r\nhi\r\n", b"HPUB foo a b 2 2\r\nhi\r\n",
    b"HPUB foo\r\n", b"HPUB \r\n", b"HPUB\r\n", b"HPUBX\r\n", b"HPUB foo 2 1048577\r\n", b"HPUB foo 12 12\nNATS/1.0\r\n\r\n\r\n",
    b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhiX\r\n", b"HPUB \nfoo 2 2\r\nhi\r\n", b"HPUB foo 0 0\r\n\r\n",
    b"HPUB foo 1048577 1048577\r\n", b"HPUB foo 1048576 1048576\r\n" + b"x" * 1048576 + b"\r\n",
    b"HPUB foo 0000000002 2\r\nhi\r\n",
])
CASES += each("HPUB without headers", ALL, [b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", b"HPUB foo 3 2\r\n", b"HPUB \r\n"])
CASES += each("HPUB before connect", b"", [b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"])

CASES += each("no responders", HEADERS + b"SUB in.* 7\r\n", [
    b"PUB foo in.1 2\r\nhi\r\n", b"PUB foo 2\r\nhi\r\n", b"PUB foo other 2\r\nhi\r\n", b"PUB in.1 in.2 2\r\nhi\r\n",
    b"HPUB foo in.1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", b"PUB foo..bar in.1 0\r\n\r\n", b"PUB foo.* in.1 0\r\n\r\n",
    b"SUB in.1 q 8\r\nPUB foo in.1 0\r\n\r\n", b"SUB in2 q 8\r\nPUB foo in2 0\r\n\r\n", b"UNSUB 7 1\r\nPUB foo in.1 0\r\n\r\nPUB foo in.1 0\r\n\r\n",
    b"PUB $JS.API.INFO in.1 0\r\n\r\n", b"PUB f\xc3\xb6 in.1 0\r\n\r\n", b"PUB foo in..1 0\r\n\r\n",
])
CASES += each(
    "no responders without echo",
    b'CONNECT {"verbose":false,"echo":false,"headers":true,"no_responders":true}\r\nSUB in 1\r\nSUB foo 2\r\n',
    [b"PUB foo in 0\r\n\r\n", b"PUB bar in 0\r\n\r\n"],
)

SUBSCRIBER = ("s", QUIET + b"SUB foo.* 1\r\nSUB foo.> 2\r\nSUB foo.a 3\r\nPING\r\n")
CASES += [
    ("headers stripped for who does not know them", [
        ("s", b'CONNECT {"verbose":false,"headers":false}\r\nSUB foo 1\r\nPING\r\n'),
        ("p", HEADERS + b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB foo bar 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n"),
    ]),
    ("headers for who knows them", [
        ("s", HEADERS + b"SUB foo 1\r\nPING\r\n"),
        ("p", HEADERS + b"HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB foo bar 16 16\r\nNATS/1.0\r\nA:b\r\n\r\n\r\nPING\r\n"),
    ]),
    ("no echo to oneself, but to others", [
        ("s", QUIET + b"SUB foo 1\r\nPING\r\n"),
        ("p", b'CONNECT {"verbose":false,"echo":false}\r\nSUB foo 1\r\nPUB foo 2\r\nhi\r\nPING\r\n'),
    ]),
    ("no echo skips own queue members", [
        ("s", QUIET + b"SUB foo q 1\r\nPING\r\n"),
        ("p", b'CONNECT {"verbose":false,"echo":false}\r\nSUB foo q 1\r\n' + b"PUB foo 2\r\nhi\r\n" * 20 + b"PING\r\n"),
    ]),
    ("one queue group over several patterns", [
        ("s", QUIET + b"SUB foo.* q 1\r\nPING\r\n"),
        ("p", QUIET + b"PUB foo.a 2\r\nhi\r\n" * 3 + b"PING\r\n"),
    ]),
    ("each queue group gets it", [
        ("s", QUIET + b"SUB foo q 1\r\nPING\r\n"), ("t", QUIET + b"SUB foo r 1\r\nPING\r\n"),
        ("u", QUIET + b"SUB foo 1\r\nPING\r\n"), ("p", QUIET + b"PUB foo 2\r\nhi\r\nPING\r\n"),
    ]),
    ("a second connect drops subscriptions", [
        ("s", QUIET + b"SUB foo 1\r\nPING\r\n"), ("s", QUIET + b"PING\r\n"),
        ("p", QUIET + b"PUB foo 2\r\nhi\r\nPING\r\n"),
    ]),
    ("unsub with maximum from another publisher", [
        ("s", QUIET + b"SUB foo 1\r\nUNSUB 1 2\r\nPING\r\n"),
        ("p", QUIET + b"PUB foo 2\r\nhi\r\n" * 5 + b"PING\r\n"), ("s", b"PING\r\n"),
    ]),
    ("split payload", [
        ("s", QUIET + b"SUB foo 1\r\nPING\r\n"),
        ("p", [QUIET, b"PUB fo", b"o 10\r", b"\nabc", b"defghij", b"\r", b"\nPING\r\n"]),
    ]),
    ("what came before an error is delivered", [
        ("s", QUIET + b"SUB foo 1\r\nPING\r\n"),
        ("p", QUIET + b"PUB foo 2\r\nhi\r\nPUB foo 2\r\nho\r\nJUNK\r\n"),
    ]),
    ("large messages", [
        ("s", QUIET + b"SUB foo 1\r\nPING\r\n"),
        ("p", QUIET + b"".join(b"PUB foo %d\r\n" % n + b"x" * n + b"\r\n" for n in
              (8000, 8191, 8192, 8193, 20000, 65535, 65536, 65537, 131072, 300000)) + b"PING\r\n"),
    ]),
]
