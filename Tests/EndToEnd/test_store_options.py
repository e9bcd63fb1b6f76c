"""Every field of a database in `resdev.conf` does what the reference says of it, and those that count at once do so while running."""

import asyncio
import json
import re
import sqlite3
import subprocess
import time

import pytest

from harness.deadline import eventually
from harness.process import binary, environment, run

SCHEMA = """
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret TEXT);
CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors, title TEXT, year INTEGER);
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, hash TEXT, role TEXT);
CREATE VIEW shelf AS SELECT id AS number, title FROM books;
INSERT INTO authors VALUES (1, 'Ann', 's1'), (2, 'Bo', 's2'), (3, 'Cy', 's3');
INSERT INTO books VALUES (1, 1, 'One', 1990), (2, 1, 'Two', 1991), (3, 2, 'Three', 1991);
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    database = sqlite3.connect(folder / "shop.db")
    database.executescript(SCHEMA)
    database.close()
    (folder / "script.sql").write_text("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO t VALUES (1, 'a');")
    return folder


@pytest.fixture
def configured(start, folder):
    """Starts a server whose configuration has these fields of the database `shop`."""

    async def started(fields, *arguments, top=""):
        (folder / "resdev.conf").write_text(f"{top}\ndatabases {{ shop {{ file: shop.db\n{fields}\n}} }}\n")
        return await start("serve", "-c", folder / "resdev.conf", *arguments)

    return started


def answered(path, status=200, has=None, lacks=None):
    return (path, status, has, lacks)


READ = [
    ("name: store", [answered("/api/store/books/1", has="One"), answered("/api/shop/books/1", 404)]),
    ("links: none", [answered("/api/shop/books/1", lacks='"author"'), answered("/api/shop/authors/1", lacks='"books"')]),
    ("links: soft", [answered("/api/shop/books/1", has='"author":{"href":"/api/shop/authors/1"}')]),
    ("links: hard", [answered("/api/shop/books/1", has='"name":"Ann"')]),
    ("generic: on", [answered("/api/shop/notes/1", 404)]),
    ("limits { default_limit: 2 }", [answered("/api/shop/books", has='"Two"', lacks='"Three"')]),
    ("limits { default_limit: 1, limit: 2 }", [answered("/api/shop/books?limit=2", has='"Two"'), answered("/api/shop/books?limit=3", 400)]),
    ("limits { query_length: 64 }", [answered(f"/api/shop/books?title={'x' * 50}"), answered(f"/api/shop/books?title={'x' * 60}", 400, "64")]),
    ("limits { filters: 1 }", [answered("/api/shop/books?year=1990"), answered("/api/shop/books?year=1990&title=x", 400)]),
    ("limits { values: 2 }", [answered("/api/shop/books?year__in=1,2"), answered("/api/shop/books?year__in=1,2,3", 400, "2")]),
    ("tables { books { hidden: true } }", [answered("/api/shop/books", 404), answered("/api/shop/authors/1", lacks="books")]),
    ("tables { authors { hide: [secret] } }", [answered("/api/shop/authors/1", lacks="s1"), answered("/api/shop/authors?secret=s1", 400)]),
    ("tables { shelf { key: [number] } }", [answered("/api/shop/shelf/2", has="Two"), answered("/api/shop/shelf?number=2", has="Two")]),
    ("tables { books { links: hard } }", [answered("/api/shop/books/1", has='"name":"Ann"'), answered("/api/shop/authors/1", lacks="One")]),
    ("tables { books { default_limit: 1, limit: 2 } }", [
        answered("/api/shop/books", lacks="Two"), answered("/api/shop/books?limit=3", 400), answered("/api/shop/authors?limit=3")]),
    ("get: false", [answered("/api/shop/books/1", 401), answered("/api/shop", 401), answered("/api/shop/$schema", 401)]),
    ("get: true, list: false", [answered("/api/shop/books/1"), answered("/api/shop/books", 401), answered("/api/shop/books?id=1", 401)]),
    ("tables { books { get: false } }", [answered("/api/shop/books/1", 401), answered("/api/shop/authors/1")]),
    ("tables { books { get: \"year = 1991\" } }", [
        answered("/api/shop/books/1", 401), answered("/api/shop/books/2"), answered("/api/shop/books?year=1991"), answered("/api/shop/books", 401)]),
    ("tables { books { get: true, list: \"year = 1991\" } }", [answered("/api/shop/books/1"), answered("/api/shop/books?year=1990", 401)]),
    ("reads: [authors]\ntables { books { get: \"(SELECT name FROM authors WHERE id = author_id) = 'Ann'\" } }",
     [answered("/api/shop/books/1"), answered("/api/shop/books/3", 401)]),
    ("sql { titles: \"SELECT title FROM books WHERE year = :year\" }", [answered("/api/shop/$q/titles?year=1990", has="One", lacks="Two")]),
    ("sql { titles { sql: \"SELECT :year AS y\", parameters { year: integer } } }", [
        answered("/api/shop/$q/titles?year=1990", has="1990"), answered("/api/shop/$q/titles?year=x", 400), answered("/api/shop/$q/titles", 400)]),
    ("sql { titles { sql: \"SELECT :year AS y\", parameters { year { type: integer, optional: true } } } }", [
        answered("/api/shop/$q/titles", has="null")]),
    ("get: true\nsql { titles { sql: \"SELECT 1 AS one\", get: false } }", [answered("/api/shop/$q/titles", 401)]),
]


@pytest.mark.parametrize("fields, answers", READ, ids=[fields.replace("\n", " ") for fields, _ in READ])
async def test_what_is_read(configured, fields, answers):
    server = await configured(fields)
    for path, status, has, lacks in answers:
        answer = await server.http.get(path)
        assert answer.status == status, (path, answer.body)
        assert has is None or has in answer.body.decode(), (path, answer.body)
        assert lacks is None or lacks not in answer.body.decode(), (path, answer.body)


BOOK = {"title": "New", "author_id": 1}
WRITTEN = [
    ("read_only: true", [("POST", "books", BOOK, 403)]),
    ("call: false", [("POST", "books", BOOK, 401), ("DELETE", "books/1", None, 401)]),
    ("call: [new, set]", [("POST", "books/new", BOOK, 200), ("PATCH", "books/1", {"year": 1}, 204), ("DELETE", "books/1", None, 401)]),
    ("call { new: true, \"*\": false }", [("POST", "books/new", BOOK, 200), ("PATCH", "books/1", {"year": 1}, 401)]),
    ("call: true\ntables { books { call: false } }", [("POST", "books/new", BOOK, 401), ("POST", "authors/new", {"name": "Di"}, 200)]),
    ("tables { books { call: \"year = 1991\" } }", [("PATCH", "books/2", {"title": "x"}, 204), ("PATCH", "books/1", {"title": "x"}, 401)]),
    ("sql { age: \"UPDATE books SET year = year - :by\" }", [("POST", "$q/age", {"by": 1}, 200)]),
    ("call: true\nsql { age { sql: \"UPDATE books SET year = year - :by\", call: false } }", [("POST", "$q/age", {"by": 1}, 401)]),
    ("limits { batch: 1 }", [
        ("POST", "batch", [{"rid": "shop.books", "method": "new", "params": BOOK}], 200),
        ("POST", "batch", [{"rid": "shop.books", "method": "new", "params": BOOK}] * 2, 400)]),
    ("generic: on", [("PUT", "notes/1", {"text": "hi"}, 200)]),
    ("generic: off", [("PUT", "notes/1", {"text": "hi"}, 404)]),
    ("generic: automatic", [("PUT", "notes/1", {"text": "hi"}, 404)]),
    ("durability: normal, wal: true", [("POST", "books", BOOK, 200)]),
    ("limits { group: 1, changes: 1, pending: 1 }", [("POST", "books", BOOK, 200), ("POST", "books", BOOK, 200)]),
]


@pytest.mark.parametrize("fields, calls", WRITTEN, ids=[fields.replace("\n", " ") for fields, _ in WRITTEN])
async def test_what_is_written(configured, fields, calls):
    server = await configured(fields)
    for method, path, body, status in calls:
        answer = await server.http.request(method, f"/api/shop/{path}", body)
        assert answer.status == status, (method, path, answer.body)


async def test_a_script_is_loaded_where_db_says_and_a_path_alone_is_a_database(start, folder):
    (folder / "resdev.conf").write_text('databases { made { file: script.sql, db: made.db }, plain: script.sql, other: shop.db }')
    server = await start("serve", "-c", folder / "resdev.conf")
    for path in ["made/t/1", "plain/t/1", "other/books/1"]:
        assert (await server.http.get(f"/api/{path}")).status == 200
    assert (await server.http.patch("/api/made/t/1", {"x": "b"})).status == 204
    assert sqlite3.connect(folder / "made.db").execute("SELECT x FROM t").fetchall() == [("b",)]


async def test_wal_converts_and_stays(configured, folder):
    await configured("wal: true")
    assert sqlite3.connect(folder / "shop.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def changed_row(client, year):
    return lambda: client["shop.books.1"]["year"] == year


async def test_limits_of_writing_count_at_once(configured, folder, connect):
    server = await configured("limits { busy_time: 5s, changes: 100 }", "--log-level", "debug")
    client = await connect(server)
    await client.subscribe("shop.books.1")
    other = sqlite3.connect(folder / "shop.db", isolation_level=None)
    (folder / "resdev.conf").write_text(
        "databases { shop { file: shop.db\nlimits { busy_time: 100ms, changes: 1, read_time: 300ms, pending: 4 }\n"
        "sql { forever: \"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c\" } } }")
    await eventually(lambda: "limits.pending: 4" in server.text, lambda: server.text)
    for field in ["busy_time: 5s → 100ms", "changes: 100 → 1", "read_time: 300ms"]:
        assert f"databases.shop.limits.{field}" in server.text
    assert "next start" not in server.text
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    answer = await server.http.patch("/api/shop/books/1", {"year": 1})
    assert answer.status == 503 and time.monotonic() - began < 2, answer.body
    other.execute("ROLLBACK")
    began = time.monotonic()
    assert "took too long" in (await server.http.get("/api/shop/$q/forever")).message
    assert time.monotonic() - began < 2
    # More rows than are told apart: who holds them asks anew.
    assert (await server.http.post("/api/shop/batch", [
        {"rid": f"shop.books.{key}", "method": "set", "params": {"year": 7}} for key in (1, 2)])).status == 200
    await client.until(changed_row(client, 7))
    # While one question keeps the database busy, four may wait.
    busy = asyncio.ensure_future(server.http.get("/api/shop/$q/forever?start=1"))
    await asyncio.sleep(0.05)
    answers = await asyncio.gather(*(server.http.get(f"/api/shop/books?limit={number}") for number in range(1, 30)))
    assert {answer.status for answer in answers} == {200, 503}
    assert all("Too many requests" in answer.message for answer in answers if answer.status == 503)
    await busy


async def test_every_field_of_a_login(configured, folder, connect):
    made = subprocess.run([binary(), "passwd"], input="secret\n", text=True, capture_output=True, check=True, env=environment()).stdout.strip()
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("INSERT INTO users VALUES (7, 'ada', ?, 'boss'), (8, 'bob', ?, 'clerk')", [made, made])
    database.close()
    server = await configured(
        "auth { table: users, user: email, password: hash, claims: [role], lifetime: \"2m\", algorithm: EdDSA,\n"
        "       key_file: shop.key, attempts: 2, window: \"1h\" }\n"
        "tables { books { get: \":token.role = 'boss'\" } }")
    answer = await server.http.post("/api/shop/$auth/login", {"user": "ada", "password": "secret"})
    token = answer.json()["token"]
    assert abs(answer.json()["expires"] - time.time() - 120) < 10
    assert (folder / "shop.key").exists() and (folder / "shop.key").stat().st_mode & 0o077 == 0
    header, claims = (json.loads(decoded(part)) for part in token.split(".")[:2])
    assert header["alg"] == "EdDSA" and str(claims["sub"]) == "7", claims
    assert (await server.http.get("/api/shop/books/1", Authorization=f"Bearer {token}")).status == 200
    assert "hash" not in (await server.http.get("/api/shop/users/7")).json()
    for status in (401, 401, 429):
        assert (await server.http.post("/api/shop/$auth/login", {"user": "bob", "password": "guess"})).status == status
    await server.stop()
    server = await configured("auth { table: users, user: email, password: hash, algorithm: HS256, key: \"0123456789abcdef0123456789abcdef\" }")
    assert not (folder / "shop.db.token-key").exists()
    token = (await server.http.post("/api/shop/$auth/login", {"user": "ada", "password": "secret"})).json()["token"]
    assert json.loads(decoded(token.split(".")[0]))["alg"] == "HS256"


def decoded(part):
    import base64
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_fields_at_the_top(start, folder, nats_server, free_port):
    ready = folder / "own-ready.json"
    (folder / "resdev.conf").write_text(
        f'addr: "127.0.0.1", nats: "{nats_server.url}", strict_port: true, log: json, log_level: debug, ready_file: "{ready}"\n'
        "gateway { apiPath: \"/rest\" }, broker { max_payload: 1MB }\ndatabases { shop: shop.db }\n")
    server = await start("serve", "-c", folder / "resdev.conf", ports=False, env={"RESDEV_PORT": "0"})
    assert (await server.http.get("/rest/shop/books/1")).status == 200
    assert "nats" not in server.ready
    assert any(json.loads(line)["level"] == "debug" for line in server.stderr.splitlines() if line.startswith("{"))


async def test_every_field_is_exercised_here_or_in_another_file():
    """So that a new field gets its test."""
    reference = (await run("check", "--fields")).stdout
    fields = set(re.findall(r"^(\S+) \(", reference, re.M))
    assert "databases.NAME.limits.pending" in fields, reference
    elsewhere = {"port", "nats_port", "databases"}  # test_configuration
    here = open(__file__).read()
    missing = {field for field in fields if field not in elsewhere and not re.search(rf"\b{field.split('.')[-1]}\b", here)}
    assert not missing
