"""HTTP beside the resources: paths, OPTIONS, CORS, connections, bodies that are too much or no JSON."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest


@pytest.mark.parametrize("path", [
    "/api", "/api/", "/apiary/library", "/api/library/books/", "/api/library//books", "/api/library/bo.oks",
    "/api/library/*", "/api/library/%3E", "/api/library/a%20b", "/api/library/b%C3%B6ks",
])
async def test_a_path_that_names_no_resource_is_not_found(http, path):
    answer = await http.get(path)
    assert answer.status == 404


async def test_a_double_slash_after_the_prefix_is_one(http):
    assert (await http.get("/api//library/books/42")).status == 200


async def test_OPTIONS_says_what_is_allowed(http):
    answer = await http.options("/api/library/books", **{"Access-Control-Request-Headers": "X-One"})
    assert (answer.status, answer.body) == (200, b"")
    allowed = answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert set(allowed) == {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
    assert answer.headers["Access-Control-Allow-Headers"] == "X-One"


async def test_OPTIONS_outside_the_prefix_is_not_found(http):
    assert (await http.options("/elsewhere")).status == 404


async def test_any_origin_may_read(http):
    answer = await http.get("/api/library/books/42", Origin="http://example.org")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("body", ["{", "{]", "nope", '{"pages": 1} trailing', '{"a": 01}', '"\\ud800', b"\xff\xfe"])
async def test_a_body_that_is_no_JSON_is_an_error_and_changes_nothing(http, body):
    before = (await http.get("/api/library/books/42")).json()
    answer = await http.request("PATCH", "/api/library/books/42", body)
    assert (answer.status, answer.code) == (400, "system.badRequest")
    assert answer.message.startswith("Error decoding request body: ")
    assert (await http.get("/api/library/books/42")).json() == before


async def test_JSON_nested_without_end_is_an_error(http):
    answer = await http.request("PATCH", "/api/library/books/42", '{"details":' + "[" * 200_000)
    assert answer.status == 400
    assert (await http.get("/api/library/books/42")).status == 200


async def raw(http, *pieces):
    """Sends bytes and returns everything that comes back until the server closes."""
    url = urlsplit(http.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_an_oversized_body_is_refused_before_it_is_sent(http):
    answer = await raw(
        http, b"PATCH /api/library/books/42 HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n{",
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body)["message"]
    assert (await http.get("/api/library/books/42")).status == 200


async def test_an_oversized_chunked_body_is_refused(http):
    url = urlsplit(http.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b"PATCH /api/library/books/42 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    async def send():
        try:
            for _ in range(4096):  # 256 MiB
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass

    sending = asyncio.create_task(send())
    try:
        status = await asyncio.wait_for(reader.readline(), 20)
    finally:
        sending.cancel()
        writer.close()
    assert status.startswith(b"HTTP/1.1 413 ")
    assert (await http.get("/api/library/books/42")).status == 200


@pytest.mark.parametrize("text, status", [
    (b"nonsense\r\n\r\n", b"400"),
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"505"),
    (b"GET /api/library HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
    (b"GET /api/library HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
    (b"POST /api/library HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    (b"GET /api/library HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", b"431"),
    (b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
])
async def test_a_request_that_is_none_gets_its_status_and_harms_nobody(http, text, status):
    answer = await raw(http, text)
    assert answer.startswith(b"HTTP/1.1 " + status) or (status == b"413" and answer.startswith(b"HTTP/1.1 400")), answer
    assert (await http.get("/api/library/books/42")).status == 200


async def test_requests_sent_at_once_are_answered_in_their_order(http):
    request = "GET /api/library/books/{} HTTP/1.1\r\nHost: x\r\n{}\r\n"
    text = "".join(request.format(key, "" if key < 20 else "Connection: close\r\n") for key in range(1, 21))
    answer = await raw(http, text.encode())
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 ")[1:]]
    assert [json.loads(body)["id"] for body in bodies] == list(range(1, 21))


async def test_a_request_split_at_every_byte_is_answered(http):
    text = b"PATCH /api/library/books/42 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 13\r\n\r\n{\"pages\": 77}"
    answer = await raw(http, *(text[at:at + 1] for at in range(len(text))))
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert (await http.get("/api/library/books/42")).json()["pages"] == 77
