"""What is served without being named: the one database of the directory, or a new one with a demo."""

import shutil
import sqlite3
import sys

import pytest

from harness.process import run

PORTS = ["--port", 0, "--nats-port", 0]
# A command that asks for something and ends, and the server with it.
ASK = ["--", sys.executable, "-c", "import os, sys, urllib.request; "
       "print(urllib.request.urlopen(os.environ['RES_HTTP_URL'] + '/api/' + sys.argv[1]).read().decode())"]


@pytest.fixture
def folder(tmp_path):
    (folder := tmp_path / "project").mkdir()
    (folder / "package.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", ["library.db", "library.sqlite", "library.sqlite3", "Library.DB"])
async def test_the_one_database_is_served(folder, library_db, name):
    shutil.copy(library_db, folder / name)
    (folder / "cache.db").write_text("something else that is called so")
    (folder / ".hidden.db").write_bytes(library_db.read_bytes())
    ended = await run(*PORTS, *ASK, f"{name.split('.')[0]}/books/42", cwd=folder)
    assert (ended.code, '"id":42' in ended.stdout) == (0, True), ended.text
    assert not (folder / "dev.db").exists()


async def test_several_are_named_and_what_to_type(folder, library_db):
    for name in ("shop.db", "a library.db"):
        shutil.copy(library_db, folder / name)
    ended = await run(*PORTS, cwd=folder)
    assert ended.code == 1
    assert "several databases here: a library.db, shop.db" in ended.stderr
    assert "resdev serve 'a library.db'" in ended.stderr


async def test_without_any_a_new_one_has_a_demo_and_is_served_again(folder):
    for isNew in (True, False):
        ended = await run(*PORTS, *ASK, "dev/tasks/1", cwd=folder)
        assert (ended.code, '"title":"Start resdev"' in ended.stdout) == (0, True), ended.text
        assert ("dev.db is new, and holds a small demo" in ended.stdout) == isNew
    with sqlite3.connect(folder / "dev.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


async def test_what_a_configuration_names_goes_before(folder, library_db):
    shutil.copy(library_db, folder / "shop.db")
    (folder / "resdev.conf").write_text(f"databases {{ library {{ file: '{library_db}' }} }}")
    ended = await run(*PORTS, *ASK, "library/books/42", cwd=folder)
    assert (ended.code, '"id":42' in ended.stdout) == (0, True), ended.text


async def test_where_nothing_can_be_made_it_says_so(folder):
    (folder / "dev.db").write_text("notes")
    ended = await run(*PORTS, cwd=folder)
    assert (ended.code, "dev.db is in the way, and no SQLite database" in ended.stderr) == (1, True)
    assert (folder / "dev.db").read_text() == "notes"


async def test_options_alone_are_those_of_serve_and_help_stays_help():
    assert "--version" in (await run("--help")).stdout
    assert (await run("--version")).stdout.startswith("resdev ")
    ended = await run("--prot", "80")
    assert (ended.code, "--port" in ended.stderr) == (64, True)
