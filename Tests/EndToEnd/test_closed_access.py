"""What is closed or hidden leaks through no side door: counts, links, searches, blobs, named SQL, the schema, the list of queries."""

import json
import sqlite3

import pytest

from harness.res_client import RESError

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, hash TEXT CHECK (hash <> 'plain'), role TEXT);
CREATE TABLE vault (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES users, code TEXT UNIQUE, pic BLOB);
CREATE TABLE open (id INTEGER PRIMARY KEY, vault_id INTEGER REFERENCES vault, t TEXT);
CREATE TABLE concealed (id INTEGER PRIMARY KEY, vault_id INTEGER REFERENCES vault);
CREATE TABLE referring (id INTEGER PRIMARY KEY, concealed_id INTEGER REFERENCES concealed);
CREATE INDEX by_hash ON users (hash);
CREATE VIRTUAL TABLE found USING fts5(code, content='vault', content_rowid='id');
INSERT INTO users VALUES (7, 'ada', 'h7', 'x'), (8, 'bob', 'h8', 'x');
INSERT INTO vault VALUES (1, 7, 'alpha', zeroblob(3000)), (2, 8, 'beta', NULL);
INSERT INTO open VALUES (1, 1, 'x');
INSERT INTO found (found) VALUES ('rebuild');
"""
CONFIG = """
databases { v {
  file: v.db
  get: true
  tables {
    users { hide: [hash] }
    concealed { hidden: true }
    vault { get: %s, call: false }
  }
  sql { peek { sql: "SELECT code FROM vault", get: false }, poke { sql: "DELETE FROM vault", call: false } }
} }
"""


@pytest.fixture(params=["false", '"owner = :token.sub"'], ids=["closed", "by rule"])
async def server(request, start, tmp_path):
    folder = tmp_path / "v"
    folder.mkdir()
    database = sqlite3.connect(folder / "v.db")
    database.executescript(SCHEMA)
    database.close()
    (folder / "resdev.conf").write_text(CONFIG % request.param)
    return await start("serve", "-c", folder / "resdev.conf")


CLOSED = [
    "vault", "vault/1", "vault/99", "vault?code=alpha", "vault?owner=7", "vault/$count", "vault/$count?code=alpha", "vault?q=alpha",
    "users/7/vault", "users/7/vault/$count", "open/1?expand=vault", "open?expand=vault", "users/7?expand=vault",
    "users?expand=vault.open", "open?fields=t&expand=vault", "vault/1?expand=open", "$q/peek", "$q/peek?code=alpha", "$live",
]


async def test_nothing_of_a_closed_table_is_read(server, connect):
    client = await connect(server)
    for path in CLOSED:
        answer = await server.http.get(f"/api/v/{path}")
        assert answer.status in (400, 401), (path, answer.body)
        assert b"alpha" not in answer.body and b"beta" not in answer.body
        if answer.status == 401:
            assert answer.json() == {"code": "system.accessDenied", "message": "Access denied"}
        with pytest.raises(RESError):
            await client.subscribe("v." + path.replace("/", "."))
    for method in ("GET", "HEAD", "PUT"):
        answer = await server.http.request(method, "/blobs/v/vault/1/pic", b"x" if method == "PUT" else None)
        assert answer.status == 401, method
    assert "alpha" not in json.dumps(client.received) and "beta" not in json.dumps(client.received)


async def test_nothing_of_a_closed_table_is_written(server, connect):
    client = await connect(server)
    for rid, method, params in [
        ("v.vault.1", "set", {"code": "x"}), ("v.vault.1", "delete", None), ("v.vault.1", "put", {}), ("v.vault.99", "put", {"code": "x"}),
        ("v.vault.1", "increment", {"owner": 1}), ("v.vault", "new", {"code": "alpha"}), ("v", "vault", {"code": "x"}),
        ("v.users.7.vault", "new", {"code": "x"}), ("v.$q", "poke", None),
        ("v", "batch", [{"rid": "v.open", "method": "new", "params": {"t": "y"}}, {"rid": "v.vault.1", "method": "delete"}]),
        ("v", "batch", [{"rid": "v.$q", "method": "poke"}]), ("v", "batch", [{"rid": "v", "method": "vault", "params": {"code": "x"}}]),
        ("v", "batch", [{"rid": "v.users.7.vault", "method": "new", "params": {"code": "x"}}]),
    ]:
        with pytest.raises(RESError) as failure:
            await client.call(rid, method, params)
        assert failure.value.code == "system.accessDenied", (rid, method, failure.value)
    assert [row["model"]["t"] for row in (await server.http.get("/api/v/open")).json()] == ["x"]


async def test_what_is_hidden_has_no_name(server):
    for path in ["users?hash=h7", "users?sort=hash", "users?fields=hash", "users?hahs=1", "users?hash__startswith=h", "users/$count?hash=h7"]:
        answer = await server.http.get(f"/api/v/{path}")
        assert answer.status == 400 and "did you mean" not in answer.message, answer.body
    for path in ["concealed", "concealed/1", "vault/1/concealed", "referring/1?expand=concealed"]:
        answer = await server.http.get(f"/api/v/{path}")
        assert answer.status in (400, 401, 404), (path, answer.body)
    for body in ({"hash": "stolen"}, {"hahs": "x"}):
        answer = await server.http.patch("/api/v/users/7", body)
        assert answer.status == 400 and "did you mean hash" not in answer.message
    assert "hash" not in (await server.http.get("/api/v/users/7")).json()
    schema = (await server.http.get("/api/v/$schema")).body.decode()
    for name in ("hash", "concealed (", '"concealed"', "'plain'"):
        assert name not in schema, name
    assert "users" in schema and "referring" in schema


async def test_the_other_readers_queries_are_shown_where_all_is_open(start, tmp_path):
    database = sqlite3.connect(tmp_path / "v.db")
    database.executescript(SCHEMA)
    database.close()
    (tmp_path / "resdev.conf").write_text("databases { v { file: v.db, get: true, call: false } }")
    server = await start("serve", "-c", tmp_path / "resdev.conf")
    assert (await server.http.get("/api/v/$live")).status == 200
    (tmp_path / "other.conf").write_text("databases { v { file: v.db, call: false } }")
    server = await start("serve", "-c", tmp_path / "other.conf")
    assert (await server.http.get("/api/v/$live")).status == 401
