"""BLOBs too large for a model: raw bytes over HTTP with a type, a tag and ranges."""

import hashlib
import sqlite3

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "pics.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE pics (a TEXT, b INTEGER, "the pic" BLOB, n INTEGER, PRIMARY KEY (a, b))')
        connection.execute("INSERT INTO pics VALUES ('x,y', 1, ?, 5), ('z', 2, x'0001', NULL)", [PNG])
    return path


@pytest.fixture
async def http(start, database):
    return (await start("serve", database)).http


HREF = "/blobs/pics/pics/x~2Cy,1/the~20pic"


async def test_a_model_tells_where_the_bytes_are(http):
    model = (await http.get("/api/pics/pics/x~2Cy,1")).json()
    digest = hashlib.sha256(PNG).hexdigest()
    assert model["the pic"] == {"$blob": {"size": len(PNG), "sha256": digest, "href": HREF}}
    answer = await http.get(HREF)
    assert (answer.status, answer.body) == (200, PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["ETag"] == f'"{digest}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head = await http.head(HREF)
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(PNG)))
    # A small one stands in the model, and is there as bytes as well.
    assert (await http.get("/api/pics/pics/z,2")).json()["the pic"] == {"$base64": True, "encoded": "AAE="}
    assert (await http.get("/blobs/pics/pics/z,2/the~20pic")).body == b"\0\1"


@pytest.mark.parametrize("asked, status, content, told", [
    ("bytes=0-3", 206, PNG[:4], f"bytes 0-3/{len(PNG)}"),
    ("bytes=5000-", 206, PNG[5000:], f"bytes 5000-{len(PNG) - 1}/{len(PNG)}"),
    ("bytes=-2", 206, PNG[-2:], f"bytes {len(PNG) - 2}-{len(PNG) - 1}/{len(PNG)}"),
    ("bytes=10-999999999999999999999", 206, PNG[10:], f"bytes 10-{len(PNG) - 1}/{len(PNG)}"),
    (f"bytes={len(PNG)}-", 416, b"", f"bytes */{len(PNG)}"),
    ("bytes=-0", 416, b"", f"bytes */{len(PNG)}"),
    ("bytes=3-1", 200, PNG, None), ("bytes=0-1,4-5", 200, PNG, None), ("rows=1-2", 200, PNG, None),
])
async def test_ranges(http, asked, status, content, told):
    answer = await http.get(HREF, Range=asked)
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (status, content, told)


async def test_conditions(http):
    tag = (await http.head(HREF)).headers["ETag"]
    assert (await http.get(HREF, **{"If-None-Match": tag})).status == 304
    assert (await http.get(HREF, **{"If-Range": tag, "Range": "bytes=0-1"})).status == 206
    assert (await http.get(HREF, **{"If-Range": '"other"', "Range": "bytes=0-1"})).status == 200


async def test_a_put_replaces_the_bytes_and_clients_are_told(start, database, connect):
    server = await start("serve", database)
    client = await connect(server)
    await client.subscribe("pics.pics.x~2Cy,1")
    new = b"%PDF-1.7" + b"\xff" * 3_000_000
    answer = await server.http.put(HREF, new)
    assert (answer.status, answer.body) == (204, b"")
    _, event, data = await client.next_event()
    assert event == "change" and data["values"]["the pic"]["data"]["$blob"]["size"] == len(new)
    got = await server.http.get(HREF)
    assert got.body == new and got.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/blobs/pics/pics/none,1/the~20pic", 404, "system.notFound"),
    ("GET", "/blobs/pics/pics/z,2/n", 404, "system.notFound"),
    ("GET", "/blobs/pics/pics/z,2/nothing", 404, "system.notFound"),
    ("GET", "/blobs/pics/pics/the~20pic", 404, "system.notFound"),
    ("GET", "/blobs/other/pics/z,2/the~20pic", 404, "system.notFound"),
    ("GET", "/blobs/pics/", 404, "system.notFound"), ("GET", "/blobs/", 404, "system.notFound"),
    ("POST", HREF, 405, "system.methodNotAllowed"), ("DELETE", HREF, 405, "system.methodNotAllowed"),
    ("PUT", "/blobs/pics/pics/none,1/the~20pic", 404, "system.notFound"),
    ("PUT", "/blobs/pics/pics/z,2/nothing", 400, "system.invalidParams"),
])
async def test_what_is_not_there(http, method, path, status, code):
    answer = await http.request(method, path, b"x" if method == "PUT" else None)
    assert (answer.status, answer.code) == (status, code)


async def test_pages_of_other_origins(http):
    answer = await http.options(HREF, Origin="http://example.com")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, PUT"
    assert (await http.get(HREF, Origin="http://example.com")).headers["Access-Control-Allow-Origin"] == "*"
