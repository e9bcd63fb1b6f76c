"""The description at /openapi.json, and the server held to it by schemathesis; scripts/openapi does so at length."""

import asyncio
import json
import os
import shutil

import pytest

from harness.process import LIBRARY, ROOT, environment

SETTINGS = ROOT / "Tests/EndToEnd/openapi"
# Of schemathesis: test cases of each operation, seconds in all, and where chance begins. Zero seconds are no limit.
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", 2))
SECONDS = int(os.environ.get("OPENAPI_SECONDS", 15))
SEED = int(os.environ.get("OPENAPI_SEED", 1))
SOURCES = [LIBRARY] if SECONDS == 15 else [LIBRARY, ROOT / "Tests/EndToEnd/harness/odd_names.sql", ROOT / "sample-data/stations.csv"]


@pytest.mark.timeout(SECONDS + 40 if SECONDS else 0)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
async def test_the_server_does_what_its_description_says(start, tmp_path, source):
    server = await start("serve", source)
    program = shutil.which("schemathesis")
    assert program, "schemathesis is not installed: scripts/test installs what the tests need"
    process = await asyncio.create_subprocess_exec(
        program, "--config-file", SETTINGS / "schemathesis.toml", "--no-color", "run", f"{server.http.url}/openapi.json",
        "--seed", str(SEED), "--max-examples", str(EXAMPLES), *(["--max-time", str(SECONDS)] if SECONDS else []),
        cwd=tmp_path, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=environment(PYTHONPATH=str(SETTINGS), PYTHONDONTWRITEBYTECODE="1", SCHEMATHESIS_HOOKS="openapi_hooks"),
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert server.running


async def test_what_is_not_allowed_says_what_is(http):
    answer = await http.request("TRACE", "/api/library/books")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST, PUT, DELETE, PATCH")
    answer = await http.delete("/api/library/books")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST, PUT, PATCH")


async def test_limits_are_those_of_the_configuration(start, tmp_path):
    (tmp_path / "resdev.conf").write_text(
        f'databases {{ library {{ file: "{LIBRARY}", limits {{ limit: 50, default_limit: 50 }}, tables {{ books {{ limit: 20, default_limit: 7 }} }} }} }}'
    )
    server = await start("serve", "--config", tmp_path / "resdev.conf")
    paths = (await server.http.get("/openapi.json")).json()["paths"]
    limits = {
        table: next(one["schema"] for one in paths[f"/api/library/{table}"]["get"]["parameters"] if one["name"] == "limit")
        for table in ("books", "authors")
    }
    assert (limits["books"]["maximum"], limits["books"]["default"]) == (20, 7)
    assert (limits["authors"]["maximum"], limits["authors"]["default"]) == (50, 50)


async def test_the_description_follows_the_schema(server, http, shell):
    shell("CREATE TABLE shelves (id INTEGER PRIMARY KEY, place TEXT NOT NULL);")

    async def required():
        schemas = (await http.get("/openapi.json")).json()["components"]["schemas"]
        return schemas.get("NewLibraryShelves", {}).get("required")

    for _ in range(500):
        if await required() is not None:
            break
        await asyncio.sleep(0.01)
    assert await required() == ["place"]


async def test_the_page_shows_it(server, window):
    page = window(f"{server.ready['http']}/#/library/books")
    await page.shows("td[data-column=title]")
    page.button("HTTP API").click()
    await page.until(".operation summary b", *"GET POST GET GET PUT PATCH DELETE POST GET POST GET POST GET POST".split())
    assert page.texts(".operation summary code")[:3] == ["/api/library/books"] * 2 + ["/api/library/books/$count"]
    page.find(".operation:nth-of-type(2) summary").click()
    assert "title\nstring\nrequired" in page.find(".operation:nth-of-type(2)").text.replace(" string", "\nstring").replace(" required", "\nrequired")
    assert not page.accessibility_problems()


async def test_what_hangs_on_rows_and_named_SQL_is_described(start, tmp_path):
    (tmp_path / "resdev.conf").write_text(f"""databases {{ library {{ file: "{LIBRARY}", sql {{
        by_year {{ sql: "SELECT title FROM books WHERE year = :year", parameters {{ year: integer }} }}
        lend {{ sql: "UPDATE books SET lendable = :flag", parameters {{ flag: {{ type: boolean, optional: true }} }} }}
    }} }} }}""")
    server = await start("serve", "--config", tmp_path / "resdev.conf")
    paths = (await server.http.get("/openapi.json")).json()["paths"]
    assert list(paths["/api/library/authors/{key}/books"]) == ["parameters", "get", "post"]
    assert list(paths["/api/library/books/{key}/increment"]) == ["parameters", "post"]
    read = {one["name"]: one for one in paths["/api/library/$q/by_year"]["get"]["parameters"]}
    assert (list(read), read["year"]["required"], read["year"]["schema"]) == (["year", "start", "limit"], True, {"type": "integer"})
    assert "required" not in paths["/api/library/$q/lend"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "post" in paths["/api/library/batch"]


async def test_no_path_is_described_twice(start):
    server = await start("serve", ROOT / "Tests/EndToEnd/harness/odd_names.sql")
    paths = []

    def members(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
        paths.extend(name for name in names if name.startswith("/api/"))
        return dict(pairs)

    document = json.loads((await server.http.get("/openapi.json")).body, object_pairs_hook=members)
    assert "/api/odd_names/batch/{key}/increment" in paths
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values() if isinstance(one, dict)]
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
