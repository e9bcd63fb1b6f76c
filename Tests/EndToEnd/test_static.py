"""An app's files beside the API, reloaded when they change."""

import pytest

from harness.deadline import eventually
from harness.process import run

PAGE = """<!doctype html><html lang="en"><title>app</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
<h1>one</h1><p id="book"></p>
<script type="module" src="/app.mjs"></script>"""
SCRIPT = """import { ResClient } from '/resclient.mjs';
const client = new ResClient(`ws://${location.host}/`);
const book = await client.subscribe('library.books.42');
const show = () => { document.getElementById('book').textContent = book.props.title; };
book.on('change', show);
show();"""


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "app.mjs").write_text(SCRIPT)
    (folder / "style.css").write_text("h1 { color: rgb(1, 2, 3) }")
    return folder


@pytest.fixture
async def server(start, library_db, app):
    return await start("serve", library_db, "--static", app)


async def test_files_are_served_and_the_console_moves_aside(server, http, app):
    html = {"Accept": "text/html"}
    page = await http.get("/", **html)
    assert (page.status, b"<h1>one</h1>" in page.body) == (200, True)
    assert b"/console/app.mjs" in (await http.get("/console/", **html)).body
    assert (await http.get("/api/library/books/42")).status == 200
    script = await http.get("/app.mjs")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (await http.get("/app.mjs", **{"If-None-Match": script.headers["ETag"]})).status == 304
    (app / ".env").write_text("SECRET=1")
    for path in ("/.env", "/..%2fdata%2flibrary.db", "/%2e%2e/data/library.db", "/missing.mjs"):
        assert (await http.get(path)).status == 404, path


async def test_the_page_follows_the_data_and_its_own_files(server, http, window, app):
    page = window(server.ready["http"] + "/")
    await page.until("#book", "The Hitchhiker's Guide to the Galaxy")
    await http.patch("/api/library/books/42", {"title": "Don’t panic"})
    await page.until("#book", "Don’t panic")
    page.script("window.isOld = true")
    (app / "style.css").write_text("h1 { color: rgb(4, 5, 6) }")
    await page.until("h1", "one")
    colour = "return getComputedStyle(document.querySelector('h1')).color"
    await eventually(lambda: page.script(colour) == "rgb(4, 5, 6)", "the new style is there")
    assert page.script("return window.isOld") is True
    assert server.stderr.count("pages are loaded anew  changed=style.css\n") == 1
    (app / "index.html").write_text(PAGE.replace("one", "two"))
    await page.until("h1", "two")
    await page.until("#book", "Don’t panic")


async def test_a_folder_that_is_not_there_is_named(tmp_path, library_db):
    ended = await run("serve", library_db, "--static", tmp_path / "nothing", "--port", 0, "--nats-port", 0)
    assert (ended.code, "there is no such folder" in ended.text) == (1, True)
