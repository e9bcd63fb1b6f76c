"""What is sent in the differential test to brokers with users, permissions and accounts.

CONFIGURATIONS is a list of (title, text of the configuration file, cases). Steps are those of differential.py; one may
also be (connection, function): the function gets what the connection has received so far and gives the bytes to send.
"""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.nats_jwt import ACCOUNT_LIMITS, NO_LIMITS, Key, account_jwt, jwt, user_jwt  # noqa: E402

PING = b"PING\r\n"


def connect(**fields):
    fields = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1, **fields}
    return b"CONNECT " + json.dumps(fields).encode() + b"\r\n"


def user(name, password="p", **fields):
    return connect(user=name, **{"pass": password}, **fields) + PING


def nonce(received):
    return json.loads(re.search(rb"INFO (\{.*?\}) \r\n", received).group(1))["nonce"]


def signed(key, **fields):
    """A CONNECT with the nonce of INFO signed."""
    return lambda received: connect(sig=key.sign_nonce(nonce(received)), **fields) + PING


def answer(text, times=1):
    """Answers the last request that was delivered."""
    def data(received):
        replies = re.findall(rb"(_R_\.\S+)", received)
        reply = replies[-1] if replies else b"nothing"
        return b"PUB %s %d\r\n%s\r\n" % (reply, len(text), text) * times + PING
    return data


def alone(title, before, *texts):
    """One case for each text, on one connection that says something before."""
    return [(f"{title} {text!r}", [("a", before), ("a", text + PING)]) for text in texts]


CREDENTIALS = [
    (f"credentials {fields}", [("a", connect(**fields) + b"SUB a 1\r\nPUB a 1\r\nx\r\n" + PING)])
    for fields in (
        {}, {"user": "ann", "pass": "p"}, {"user": "ann", "pass": "wrong"}, {"user": "ann"}, {"user": "bob", "pass": "p"},
        {"user": "ann", "pass": "p", "account": "A"}, {"user": "ann", "pass": "p", "new_account": True},
        {"auth_token": "t"}, {"auth_token": "x"}, {"user": "t"}, {"pass": "t"}, {"nkey": "UNOPE", "sig": "x"},
        {"jwt": "eyJ", "sig": "x"}, {"user": "ann", "pass": "p", "protocol": 2},
        {"user": "ann", "pass": "p", "headers": False}, {"user": "hashed", "pass": "secret"},
        {"user": "hashed", "pass": "wrong"}, {"user": "", "pass": ""},
    )
] + [
    ("nothing but an operation", [("a", b"PUB a 0\r\n\r\n")]), ("a PING first", [("a", PING)]),
    ("two CONNECT", [("a", user("ann")), ("a", user("ann", "wrong"))]),
    ("two CONNECT, both right", [("a", user("ann") + b"SUB a 1\r\n"), ("a", user("ann") + b"PUB a 0\r\n\r\n" + PING)]),
    ("operations behind a hashed password", [("a", connect(user="hashed", **{"pass": "secret"}) + b"SUB a 1\r\nPUB a 2\r\nhi\r\n" + PING)]),
]

# "secret" at the lowest cost.
HASH = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

PERMISSIONS = """
authorization {
  default_permissions { publish: "def.>", subscribe: ["def.>", "_INBOX.>"] }
  users [
    {user: a, password: p, permissions: {
       subscribe: {allow: ["foo.*", "bar.>", "q v1", "r", "r v2", "z *", "w x.>"], deny: ["bar.no", "bar.x.*", "bar.qq g", "foo.q y"]}
       publish: {allow: ["foo.*", "out"], deny: "foo.no"}}}
    {user: r, password: p, permissions: {allow_responses: true, subscribe: "req"}}
    {user: r3, password: p, permissions: {allow_responses: {max: 3}, publish: "ok", subscribe: "req3"}}
    {user: deny, password: p, permissions: {publish: {deny: ">"}, subscribe: {deny: ["a.b", "*.c"]}}}
    {user: answers, password: p, permissions: {publish: {deny: x}, allow_responses: true}}
    {user: none, password: p, permissions: {publish: [], subscribe: []}}
    {user: free, password: p, permissions: {}}
    {user: info, password: p, permissions: {publish: {allow: "$SYS.REQ.USER.*", deny: x}, allow_responses: true}}
    {user: def, password: p}
    {user: ws, password: p, connection_types: [WEBSOCKET]}
    {user: std, password: p, connection_types: [STANDARD]}
  ]
}
"""

SUBJECTS = [b"foo.>", b"foo.*", b"foo.a", b"foo", b">", b"*.*", b"bar.*", b"bar.>", b"bar.no", b"bar.x.>", b"bar.x.*", b"bar.x.y",
            b"q", b"q v1", b"q v2", b"r", b"r v1", b"r v2", b"z a", b"z", b"w x.y", b"w x", b"bar.no qq", b"foo.a qq", b"bar.qq g",
            b"bar.qq h", b"bar.qq", b"foo.q y", b"foo.q z", b"foo..x", b"nope..x", b'say."x"', b"\xc3\xb6", b"_INBOX.a", b"def.a"]

PERMISSION_CASES = (
    alone("SUB", user("a"), *[b"SUB %s 1\r\n" % s for s in SUBJECTS])
    + alone("SUB", user("deny"), *[b"SUB %s 1\r\n" % s for s in (b"a.b", b"a.*", b"x.c", b"a.>", b">", b"a.b q", b"*.c", b"a.c")])
    + alone("SUB", user("answers"), b"PUB x 0\r\n\r\nPUB y 0\r\n\r\n")
    + alone("SUB", user("none"), b"SUB a 1\r\n", b"SUB > 1\r\n", b"PUB a 0\r\n\r\n")
    + alone("SUB", user("def"), b"SUB def.a 1\r\n", b"SUB a 1\r\n", b"PUB def.a 0\r\n\r\n", b"PUB a 0\r\n\r\n")
    + alone("PUB", user("a"), *[b"PUB %s 0\r\n\r\n" % s for s in (
        b"foo.a", b"foo.no", b"foo", b"foo.*", b"foo.>", b"bar", b"foo..a", b"_R_.x", b"_GR_.x", b"out", b"out re", b"out _R_.x",
        b"no _R_.x", b'a"b', b"a\\b", b"a\x01b")])
    + alone("HPUB", user("a"), b"HPUB foo.a 12 12\r\nNATS/1.0\r\n\r\n\r\n", b"HPUB no 12 12\r\nNATS/1.0\r\n\r\n\r\n")
    + alone("verbose", connect(user="a", **{"pass": "p"}, verbose=True, pedantic=True) + PING, b"SUB no 1\r\nPUB no 0\r\n\r\nSUB foo.a 3\r\nPUB foo.a 0\r\n\r\nPUB foo.* 0\r\n\r\nPUB no.* 0\r\n\r\n")
    + [(f"connection type of {name}", [("a", user(name))]) for name in ("ws", "std")]
    + [
        ("denied messages under a wide subscription", [
            ("s", user("a") + b"SUB bar.> 5\r\nSUB bar.> grp 6\r\nSUB foo.a 7\r\n" + PING),
            ("p", user("free") + b"".join(b"PUB %s 1\r\nx\r\n" % s for s in (b"bar.no", b"bar.ok", b"bar.x.y", b"bar.x.y.z", b"bar.qq", b"foo.a", b"bar.no")) + PING),
            ("s", PING),
        ]),
        ("denied messages do not count towards a maximum", [
            ("s", user("deny") + b"SUB a.* 5\r\nUNSUB 5 2\r\n" + PING),
            ("p", user("free") + b"".join(b"PUB %s 1\r\nx\r\n" % s for s in (b"a.b", b"a.b", b"a.x", b"a.b", b"a.y", b"a.z")) + PING),
            ("s", PING),
        ]),
        ("a wide subscription of one who is only denied", [
            ("s", user("deny") + b"SUB > 5\r\n" + PING),
            ("p", user("free") + b"".join(b"PUB %s 1\r\nx\r\n" % s for s in (b"a.b", b"x.c", b"a.x", b"a.b.c", b"c")) + PING),
            ("s", PING),
        ]),
        ("one answer", [
            ("s", user("r") + b"SUB req 1\r\nPUB in 0\r\n\r\n" + PING), ("c", user("free") + b"SUB in 9\r\nPUB req in 2\r\nhi\r\n" + PING),
            ("s", b"PUB in 1\r\na\r\nPUB in 1\r\nb\r\nPUB x 0\r\n\r\n" + PING), ("c", PING),
        ]),
        ("three answers", [
            ("s", user("r3") + b"SUB req3 1\r\n" + PING), ("c", user("free") + b"SUB in3 9\r\nPUB req3 in3 2\r\nhi\r\nPUB req3 ok 0\r\n\r\n" + PING),
            ("s", b"PUB in3 1\r\na\r\n" * 5 + b"PUB ok 0\r\n\r\n" * 4 + PING), ("c", PING),
        ]),
        ("no responders where publishing is denied", [("a", user("a") + b"SUB foo.in 1\r\nPUB no foo.in 0\r\n\r\nPUB out foo.in 0\r\n\r\n" + PING)]),
        ("who is it", [("a", user("info") + b"SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n"), ("a", PING)]),
        ("who is it, with permissions", [("a", user("r3") + b"PUB $SYS.REQ.USER.INFO in 0\r\n\r\n"), ("a", PING)]),
    ]
)

ACCOUNTS = """
max_payload: 1000
accounts {
  A { users [{user: a, password: p}]
      imports [{stream: {account: B, subject: "s.*.*"}, to: "t.$2.$1"}, {stream: {account: B, subject: "plain.>"}}
               {stream: {account: B, subject: "pre.*"}, prefix: "p"}
               {service: {account: B, subject: "svc.*"}, to: "my.*"}, {service: {account: B, subject: "many"}}
               {service: {account: B, subject: "chunks"}}, {service: {account: B, subject: "private"}}] }
  B { users [{user: b, password: p}]
      exports [{stream: "s.*.*"}, {stream: "plain.>"}, {stream: "pre.*"}, {service: "svc.*"}, {service: many, response_type: stream}
               {service: chunks, response_type: chunked}, {service: private, accounts: [A]}] }
  C { users [{user: c, password: p}] }
  L { users [{user: l, password: p}], limits {max_conn: 2, max_subs: 2, max_payload: 100} }
  $SYS { users [{user: sys, password: p}] }
}
no_auth_user: c
"""

ACCOUNT_CASES = [
    ("accounts are apart", [("b", user("b") + b"SUB > 1\r\n" + PING), ("c", user("c") + b"SUB x 1\r\nPUB x 1\r\nq\r\n" + PING), ("b", PING)]),
    ("without credentials", [("a", PING), ("a", connect() + b"SUB x 1\r\nPUB x 1\r\nq\r\n" + PING)]),
    ("a wrong password in spite of it", [("a", user("c", "x"))]),
    ("of the system account", [("a", user("sys"))]),
    ("too many clients of an account", [("1", user("l")), ("2", user("l")), ("3", user("l"))]),
    ("too many subscriptions of an account's client", [("1", user("l") + b"SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n" + PING)]),
    ("too large for an account", [("1", user("l") + b"PUB a 100\r\n" + b"x" * 100 + b"\r\n" + PING), ("1", b"PUB a 101\r\n")]),
    ("who is it", [("1", user("l") + b"SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n"), ("1", PING)]),
    ("who is it, without credentials", [("1", connect() + PING), ("1", b"SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n"), ("1", PING)]),
] + [
    (f"stream under {pattern!r}", [
        ("a", user("a") + b"SUB %s 1\r\n" % pattern + PING),
        ("b", user("b") + b"PUB s.x.y 1\r\n1\r\nPUB s.u.v re 1\r\n2\r\nPUB plain.a 1\r\n3\r\nPUB t.v.u 1\r\n4\r\nPUB pre.z 1\r\n5\r\n"
              b"HPUB s.h.h 12 13\r\nNATS/1.0\r\n\r\n6\r\n" + PING),
        ("a", PING), ("a", b"UNSUB 1\r\n" + PING), ("b", b"PUB s.x.y 1\r\n1\r\nPUB plain.a 1\r\n3\r\n" + PING), ("a", PING),
    ]) for pattern in (b"t.*.*", b"t.v.*", b"t.v.u", b"t.v.x", b"t.>", b"*.*.u", b"s.>", b"t.*", b"plain.*", b">", b"p.pre.*", b"p.pre.z", b"t.*.* q", b"plain.> q")
] + [
("a service nobody offers", [("a", user("a") + b"SUB in.* 7\r\nPUB my.x in.1 2\r\nhi\r\n" + PING)]),
    ("a service that answers twice", [
        ("b", user("b") + b"SUB svc.* 3\r\n" + PING), ("a", user("a") + b"SUB in.* 7\r\nPUB my.x in.1 2\r\nhi\r\n" + PING), ("b", PING),
        ("b", answer(b"ok", 2)), ("a", PING),
    ]),
    ("a service of a queue group", [
        ("b", user("b") + b"SUB svc.* q 3\r\n" + PING), ("a", user("a") + b"SUB in.* 7\r\nPUB my.x in.1 2\r\nhi\r\n" + PING), ("b", PING),
        ("b", answer(b"ok")), ("a", PING),
    ]),
    ("a service without a reply subject", [("b", user("b") + b"SUB svc.* 3\r\n" + PING), ("a", user("a") + b"PUB my.x 2\r\nhi\r\n" + PING), ("b", PING)]),
    ("a private service", [
        ("b", user("b") + b"SUB private 3\r\n" + PING), ("a", user("a") + b"SUB in 7\r\nPUB private in 0\r\n\r\n" + PING), ("b", PING),
        ("b", answer(b"ok")), ("a", PING),
    ]),
    ("many answers", [
        ("b", user("b") + b"SUB many 3\r\n" + PING), ("a", user("a") + b"SUB in 7\r\nPUB many in 0\r\n\r\n" + PING), ("b", PING),
        ("b", answer(b"ok", 3)), ("a", PING), ("b", answer(b"no")), ("a", PING),
    ]),
    ("answers in chunks", [
        ("b", user("b") + b"SUB chunks 3\r\n" + PING), ("a", user("a") + b"SUB in 7\r\nPUB chunks in 0\r\n\r\n" + PING), ("b", PING),
        ("b", answer(b"ok", 2)), ("b", answer(b"")), ("b", answer(b"late")), ("a", PING),
    ]),
    ("a request with headers", [
        ("b", user("b") + b"SUB svc.* 3\r\n" + PING), ("a", user("a") + b"HPUB my.x 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n" + PING), ("b", PING),
    ]),
    ("an own subscription beside the import", [
        ("a", user("a") + b"SUB my.x 1\r\nSUB in 2\r\nPUB my.x in 1\r\nq\r\n" + PING),
    ]),
]

# nats-server rewrites subjects of the global account alone, whatever the file says of others.
MAPPINGS = """
mappings { old: new, "by.*.*": "to.$2.$1", "part.*": "part.{{wildcard(1)}}.{{partition(5,1)}}", "cut.*": "cut.{{splitFromLeft(1,2)}}"
           "slice.*": "slice.{{sliceFromLeft(1,2)}}", "rest.>": "all.>" }
"""
MAPPING_CASES = alone("mapped", connect() + b"SUB > 1\r\n" + PING, *[b"PUB %s 1\r\nx\r\n" % s for s in (
    b"old", b"by.a.b", b"by.a", b"part.foo", b"part.bar", b"cut.abcd", b"cut.a", b"slice.abcde", b"rest.a.b", b"new")])

OPERATOR, ACC, OTHER, SYSTEM, SIGNER, ROLE = Key("operator"), Key("account"), Key("account"), Key("account"), Key("account"), Key("account")
USERS = {name: Key("user") for name in ("u", "v", "w", "gone", "x")}
NOW = int(time.time())

ACTIVATION = jwt("activation", OTHER, ACC, {"subject": "priv", "kind": "service"})
PRELOAD = {
    ACC: account_jwt(ACC, OPERATOR, {
        "signing_keys": [SIGNER.public, {"kind": "user_scope", "key": ROLE.public, "role": "r", "template": {
            **NO_LIMITS, "pub": {"allow": ["role.{{name()}}", "role.{{tag(team)}}"]}, "sub": {"allow": ["_INBOX.>"]}}}],
        "revocations": {USERS["gone"].public: NOW + 1000},
        "exports": [{"name": "e", "subject": "ex.>", "type": "stream"}, {"name": "p", "subject": "priv", "type": "service", "token_req": True}],
        "default_permissions": {"pub": {"deny": ["secret"]}, "sub": {}},
    }, name="ACC"),
    OTHER: account_jwt(OTHER, OPERATOR, {
        "imports": [{"name": "i", "subject": "ex.a", "account": ACC.public, "local_subject": "im.a", "type": "stream"},
                    {"name": "q", "subject": "priv", "account": ACC.public, "token": ACTIVATION, "local_subject": "lp", "type": "service"}],
        "limits": {**ACCOUNT_LIMITS, "payload": 50, "subs": 3},
    }),
    SYSTEM: account_jwt(SYSTEM, OPERATOR),
}
JWT_CONFIGURATION = "operator: {}\nresolver: MEMORY\nsystem_account: {}\nresolver_preload {{\n{}\n}}\n".format(
    jwt("operator", OPERATOR, OPERATOR, {"system_account": SYSTEM.public}), SYSTEM.public,
    "\n".join(f"{key.public}: {text}" for key, text in PRELOAD.items()),
)


def by_jwt(who, issuer=ACC, nats=None, signer=None, **claims):
    key = USERS[who]
    return signed(signer or key, jwt=user_jwt(key, issuer, nats, **claims))


SIGNED_BY = {"issuer_account": ACC.public}
JWT_CASES = [
    ("a user", [("a", by_jwt("u")), ("a", b"SUB a 1\r\nPUB a 1\r\nx\r\nPUB secret 0\r\n\r\n" + PING)]),
    ("without a JWT", [("a", connect(user="x", **{"pass": "p"}) + PING)]),
    ("nothing", [("a", connect() + PING)]),
    ("signed with another's key", [("a", by_jwt("u", signer=USERS["v"]))]),
    ("signed by an account that is not known", [("a", by_jwt("u", issuer=Key("account")))]),
    ("signed by an operator", [("a", by_jwt("u", issuer=OPERATOR))]),
    ("a signing key", [("a", by_jwt("u", issuer=SIGNER, nats=SIGNED_BY))]),
    ("a signing key of another account", [("a", by_jwt("u", issuer=SIGNER, nats={"issuer_account": OTHER.public}))]),
    ("revoked", [("a", by_jwt("gone"))]),
    ("expired", [("a", by_jwt("u", exp=NOW - 5))]),
    ("not yet", [("a", by_jwt("u", nbf=NOW + 1000))]),
    ("bearer", [("a", connect(jwt=user_jwt(USERS["v"], ACC, {"bearer_token": True})) + PING)]),
    ("no bearer", [("a", connect(jwt=user_jwt(USERS["v"], ACC)) + PING)]),
    ("from elsewhere", [("a", by_jwt("u", nats={"src": ["10.0.0.0/8"]}))]),
    ("from here", [("a", by_jwt("u", nats={"src": ["10.0.0.0/8", "127.0.0.0/8"]}))]),
    ("over WebSocket only", [("a", by_jwt("u", nats={"allowed_connection_types": ["WEBSOCKET"]}))]),
    ("over TCP too", [("a", by_jwt("u", nats={"allowed_connection_types": ["WEBSOCKET", "STANDARD"]}))]),
    ("permissions", [("a", by_jwt("u", nats={"pub": {"allow": ["ok", "re"]}, "sub": {"allow": ["ok q", "re"], "deny": ["re.x"]}})),
                     ("a", b"SUB ok 1\r\nSUB ok q 2\r\nSUB re 3\r\nPUB no 0\r\n\r\nPUB re 0\r\n\r\n" + PING)]),
    ("a role's permissions", [("a", by_jwt("u", issuer=ROLE, nats={"issuer_account": ACC.public, "subs": 0, "data": 0, "payload": 0, "tags": ["team:blue", "team:red"]}, name="ann")),
                              ("a", b"PUB role.ann 0\r\n\r\nPUB role.bob 0\r\n\r\nPUB role.blue 0\r\n\r\nPUB role.red 0\r\n\r\nSUB a 1\r\n" + PING)]),
    ("a role, with permissions of its own", [("a", by_jwt("u", issuer=ROLE, nats={"issuer_account": ACC.public, "pub": {"allow": ["x"]}}))]),
    ("limits", [("a", by_jwt("u", nats={"subs": 2, "payload": 20})), ("a", b"SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nPUB d 20\r\n" + b"x" * 20 + b"\r\n" + PING), ("a", b"PUB a 21\r\n")]),
    ("limits of the account", [("a", by_jwt("v", issuer=OTHER, nats={"payload": 100})), ("a", b"SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d 4\r\n" + PING), ("a", b"PUB a 51\r\n")]),
    ("answers", [("s", by_jwt("w", nats={"resp": {"max": 1, "ttl": 1000000000}})), ("s", b"SUB rq 1\r\nPUB x 0\r\n\r\n" + PING),
                 ("c", by_jwt("u")), ("c", b"SUB in 1\r\nPUB rq in 0\r\n\r\n" + PING), ("s", b"PUB in 0\r\n\r\nPUB in 0\r\n\r\n" + PING), ("c", PING)]),
    ("a stream of another account", [("o", by_jwt("v", issuer=OTHER)), ("o", b"SUB im.a 1\r\n" + PING), ("a", by_jwt("u")), ("a", b"PUB ex.a 1\r\nx\r\nPUB ex.b 1\r\nx\r\n" + PING), ("o", PING)]),
    ("a service that is activated", [("s", by_jwt("u")), ("s", b"SUB priv 1\r\n" + PING), ("o", by_jwt("v", issuer=OTHER)), ("o", b"SUB in 1\r\nPUB lp in 0\r\n\r\n" + PING),
                                     ("s", PING), ("s", answer(b"ok")), ("o", PING)]),
    ("who is it", [("a", by_jwt("u")), ("a", b"SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n"), ("a", PING)]),
]

NKEYS = [Key("user"), Key("user")]
NKEY_CONFIGURATION = f"authorization {{ users [ {{nkey: {NKEYS[0].public}, permissions: {{publish: ok}}}}, {{user: ann, password: p}} ] }}"
NKEY_CASES = [
    ("a key", [("a", signed(NKEYS[0], nkey=NKEYS[0].public)), ("a", b"PUB ok 0\r\n\r\nPUB no 0\r\n\r\n" + PING)]),
    ("another's key", [("a", signed(NKEYS[1], nkey=NKEYS[0].public))]),
    ("a key that is not known", [("a", signed(NKEYS[1], nkey=NKEYS[1].public))]),
    ("no signature", [("a", connect(nkey=NKEYS[0].public) + PING)]),
    ("a name beside it", [("a", user("ann"))]),
    ("nothing", [("a", connect() + PING)]),
]

USERS_ARRAY = f'[{{user: ann, password: p}}, {{user: hashed, password: "{HASH}"}}]'
CONFIGURATIONS = [
    ("users", f"authorization {{ users {USERS_ARRAY} }}", CREDENTIALS),
    ("one user", "authorization { user: ann, password: p, permissions: {publish: x} }", CREDENTIALS[:14]),
    ("a token", "authorization { token: t }", CREDENTIALS[:14]),
    ("a hashed token", f'authorization {{ token: "{HASH}" }}', [("right", [("a", connect(auth_token="secret") + PING)]), ("wrong", [("a", connect(auth_token="x") + PING)])]),
    ("no_auth_user", f"authorization {{ users {USERS_ARRAY} }}\nno_auth_user: ann", CREDENTIALS),
    ("a limit of tokens", "max_sub_tokens: 3, max_subs: 2", alone("SUB", connect() + PING, b"SUB a.b.c 1\r\n", b"SUB a.b.c.d 1\r\n", b"SUB a.b.>.d 1\r\n", b"SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n")),
    ("no headers", "no_header_support: true", alone("HPUB", connect(no_responders=False) + PING, b"HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", b"PUB a 0\r\n\r\n")),
    ("permissions", PERMISSIONS, PERMISSION_CASES),
    ("accounts", ACCOUNTS, ACCOUNT_CASES),
    ("mappings", MAPPINGS, MAPPING_CASES),
    ("nkeys", NKEY_CONFIGURATION, NKEY_CASES),
    ("JWT", JWT_CONFIGURATION, JWT_CASES),
]
