"""The table both stores serve: 10,000 or a million books of six columns, about 300 bytes of JSON each."""

import json
import shutil
import sqlite3
import subprocess
import urllib.request

import servers

ROWS = 10_000
MILLION = 1_000_000
ITEMS, KINDS = 100_000, 10_000
COLUMNS = ("id", "title", "author", "year", "price", "body")
BODY = ("lorem ipsum dolor sit amet " * 8)[:200]

# The same declarations that PocketBase makes of the fields below.
SCHEMA = """
CREATE TABLE books(
    id TEXT PRIMARY KEY DEFAULT ('r' || lower(hex(randomblob(7)))) NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    author TEXT DEFAULT '' NOT NULL,
    year NUMERIC DEFAULT 0 NOT NULL,
    price NUMERIC DEFAULT 0 NOT NULL,
    body TEXT DEFAULT '' NOT NULL
)
"""


def books(count):
    for i in range(1, count + 1):
        yield f"bench{i:010d}", f"The title of book {i}", f"Author {i % 500}", 1900 + i % 120, i % 100, BODY


def fill(path, count):
    database = sqlite3.connect(path)
    database.executemany(f"INSERT INTO books({','.join(COLUMNS)}) VALUES(?,?,?,?,?,?)", books(count))
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def directory_of(side, rows):
    return servers.BENCH / (f"data-{side}" if rows == ROWS else f"data-{side}-{rows}")


def resdev(rows=ROWS):
    """The directory that holds bench.db, in WAL mode as PocketBase's is."""
    directory = directory_of("resdev", rows)
    if not (directory / "complete").exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        database = sqlite3.connect(directory / "bench.db")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(SCHEMA)
        database.close()
        fill(directory / "bench.db", rows)
        (directory / "complete").touch()
    return directory


def items():
    """The directory of bench.db with 110,000 items, ten to each of 10,000 kinds; 10,000 are of none of them."""
    directory = servers.BENCH / "data-items"
    if not (directory / "complete").exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        database = sqlite3.connect(directory / "bench.db")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE items(id INTEGER PRIMARY KEY, kind INTEGER, title TEXT, stamp INTEGER, body TEXT)")
        database.execute("CREATE INDEX items_kind ON items(kind)")
        rows = ((i, i % KINDS if i <= ITEMS else -1, f"Item {i}", i, BODY) for i in range(1, ITEMS + KINDS + 1))
        database.executemany("INSERT INTO items VALUES(?,?,?,?,?)", rows)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        (directory / "complete").touch()
    return directory


def pocketbase(rows=ROWS):
    """A PocketBase data directory with a collection `books` that anyone may read and write."""
    directory = directory_of("pocketbase", rows)
    if not (directory / "complete").exists():
        shutil.rmtree(directory, ignore_errors=True)
        account = {"identity": "bench@example.com", "password": "benchbench1"}
        with servers.pocketbase() as server:
            command = [servers.POCKETBASE, "superuser", "upsert", *account.values(), "--dir", server.directory]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            token = post(server.http + "/api/collections/_superusers/auth-with-password", account)["token"]
            post(server.http + "/api/collections", collection(), token)
            server.process.terminate()
            server.process.wait()
            shutil.copytree(server.directory, directory)
        fill(directory / "data.db", rows)
        (directory / "complete").touch()
    return directory


def collection():
    kinds = zip(COLUMNS[1:], ("text", "text", "number", "number", "text"))
    rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
    return {"name": "books", "type": "base", "fields": [{"name": n, "type": t} for n, t in kinds], **rules}


def post(url, body, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read())
