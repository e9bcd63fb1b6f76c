"""`resdev import` and `resdev export`, and sources that are no databases, as a user sees them."""

import json
import sqlite3
import subprocess

import pytest

from harness.process import binary

SCHEMA = """
CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, data JSON, ok BOOLEAN, pic BLOB);
CREATE TABLE "odd ""name" (a TEXT, b REAL, c AS (b * 2), PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE VIRTUAL TABLE authors_fts USING fts5(name, content='authors', content_rowid='id');
CREATE TRIGGER fill AFTER INSERT ON authors BEGIN
    INSERT INTO authors_fts (rowid, name) VALUES (new.id, new.name);
END;
CREATE VIEW names AS SELECT name FROM authors;
CREATE INDEX by_name ON authors (name);
INSERT INTO authors VALUES (7, 'O''Hara; "x"', '{"a":[1]}', 1, x'00ff'), (9, 'Zoë', NULL, 0, NULL);
INSERT INTO "odd ""name" VALUES ('k', 1e999), ('a' || char(0) || 'b', -0.1), ('', 9007199254740993);
"""


def resdev(*arguments):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, timeout=60)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
    return path


def contents(path):
    with sqlite3.connect(path) as connection:
        return {
            "authors": connection.execute("SELECT * FROM authors").fetchall(),
            "odd": connection.execute('SELECT a, b, c, typeof(b) FROM "odd ""name"').fetchall(),
            "found": connection.execute("SELECT rowid FROM authors_fts WHERE authors_fts MATCH 'zoë'").fetchall(),
            "names": connection.execute("SELECT * FROM names").fetchall(),
            "next": connection.execute("SELECT seq FROM sqlite_sequence").fetchall(),
        }


def test_sql_makes_the_database_anew(database, tmp_path):
    script = tmp_path / "dump.sql"
    assert resdev("export", database, "-o", script).returncode == 0
    copy = tmp_path / "copy.db"
    done = resdev("import", script, "--db", copy)
    assert done.returncode == 0, done.stderr
    assert contents(copy) == contents(database)
    # The sqlite3 of Python takes the script as well.
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.executescript(script.read_text())
    assert contents(other) == contents(database)


def test_a_copy_is_made_while_others_write(database, tmp_path):
    with sqlite3.connect(database) as writer:
        writer.execute("INSERT INTO authors (name) VALUES ('not committed')")
        copy = tmp_path / "backup.db"
        assert resdev("export", database, "--format", "db", "-o", copy).returncode == 0
        writer.rollback()
    assert contents(copy) == contents(database)
    again = resdev("export", database, "--format", "db", "-o", copy)
    assert again.returncode == 1
    assert b"is there already" in again.stderr


def test_json_and_csv_come_back(database, tmp_path):
    done = resdev("export", database, "--format", "json")
    exported = json.loads(done.stdout)
    assert exported["authors"][0] == {
        "id": 7, "name": 'O\'Hara; "x"', "data": {"a": [1]}, "ok": True,
        "pic": {"$base64": True, "encoded": "AP8="},
    }
    assert {row["b"] for row in exported['odd "name']} == {"Infinity", -0.1, 9007199254740992.0}
    done = resdev("export", database, "--format", "csv", "--table", "authors")
    assert done.stdout.decode() == (
        'id,name,data,ok,pic\r\n7,"O\'Hara; ""x""","{""a"":[1]}",true,AP8=\r\n9,Zoë,,false,\r\n'
    )
    directory = tmp_path / "out"
    assert resdev("export", database, "--format", "csv", "-o", directory).returncode == 0
    assert sorted(path.name for path in directory.iterdir()) == ["authors.csv", 'odd "name.csv']
    refused = resdev("export", database, "--format", "csv", "--table", "autors")
    assert refused.returncode == 1 and b"did you mean authors?" in refused.stderr


def test_import_refuses_appends_and_replaces(tmp_path):
    rows = tmp_path / "people.csv"
    rows.write_text("id,name\n1,Ann\n2,Bo\n")
    path = tmp_path / "x.db"
    assert resdev("import", rows, "--db", path).stdout.decode().endswith("2 rows into people\n")
    refused = resdev("import", rows, "--db", path)
    assert refused.returncode == 1 and b"--append adds rows" in refused.stderr
    rows.write_text("name,id\nCy,3\n")
    assert resdev("import", rows, "--db", path, "--append").returncode == 0
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM people").fetchall() == [(1, "Ann"), (2, "Bo"), (3, "Cy")]
    assert resdev("import", rows, "--db", path, "--replace").returncode == 0
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM people").fetchall() == [("Cy", 3)]
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": [{"x": 1}],\n "b": }')
    failed = resdev("import", broken, "--db", tmp_path / "new.db")
    assert failed.returncode == 1 and b"broken.json:2: " in failed.stderr
    assert not (tmp_path / "new.db").exists()


async def test_several_sources_of_all_kinds_and_a_new_database(start, tmp_path):
    (tmp_path / "db.json").write_text('{"posts": [{"id": 1, "title": "One"}], "profile": {"name": "x"}}')
    (tmp_path / "cities.csv").write_text("id,name\n1,Oslo\n")
    server = await start("serve", tmp_path / "db.json", tmp_path / "cities.csv", tmp_path / "dev.db", "--create")
    http = server.http
    assert (await http.get("/api/db/posts/1")).json() == {"id": 1, "title": "One"}
    assert (await http.get("/api/db/profile")).json() == {"name": "x"}
    assert (await http.get("/api/cities/cities/1")).json()["name"] == "Oslo"
    made = await http.request("PUT", "/api/dev/notes/1", {"text": "hi", "tags": ["a"]})
    assert (made.status, made.headers["Location"]) == (200, "/api/dev/notes/1")
    assert (await http.get("/api/dev/notes/1")).json() == {"text": "hi", "tags": ["a"]}
    assert (await http.request("PATCH", "/api/dev/notes/1", {"text": "ho"})).status == 204
    assert (await http.request("PUT", "/api/dev/tags", ["a", "b"])).status == 200
    assert (await http.request("POST", "/api/dev/tags/add", {"value": "c"})).status == 204
    assert (await http.get("/api/dev/tags")).json() == ["a", "b", "c"]
    assert (await http.request("DELETE", "/api/dev/tags")).status == 204
    assert (await http.get("/api/dev/tags")).status == 404
    with sqlite3.connect(tmp_path / "dev.db") as connection:
        assert connection.execute("SELECT id FROM _resdev_resources").fetchall() == [("notes.1",)]


async def test_an_import_reaches_the_clients_of_a_server(start, tmp_path, database):
    server = await start("serve", database)
    rows = tmp_path / "cities.csv"
    rows.write_text("id,name\n1,Oslo\n")
    assert (await server.http.get("/api/library/cities")).status == 404
    assert resdev("import", rows, "--db", database).returncode == 0
    assert (await server.http.get("/api/library/cities/1")).json() == {"id": 1, "name": "Oslo"}
    tables = (await server.http.get("/api/library/$schema")).json()["tables"]
    assert "cities" in [table["name"] for table in tables]


async def test_wal_converts_and_nothing_else_does(start, tmp_path):
    path = tmp_path / "plain.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")

    def mode():
        with sqlite3.connect(path) as connection:
            return connection.execute("PRAGMA journal_mode").fetchone()[0]

    server = await start("serve", path)
    assert mode() == "delete"
    assert "--wal makes writes faster" in server.stdout
    await server.stop()
    await start("serve", path, "--wal")
    assert mode() == "wal"
