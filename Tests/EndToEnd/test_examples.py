"""The services in examples/ and their clients, as their READMEs say."""

import asyncio
import os
import re
import sys

import pytest

from harness.http_client import HTTPClient
from harness.process import ROOT
from harness.res_client import RESError

EXAMPLES = ROOT / "examples"


class Program:
    """A program of the examples whose output is read line by line."""

    def __init__(self, process):
        self.process = process

    async def line(self):
        """The next line that is not empty."""
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 60)
            assert line, "the program ended"
            if line.strip():
                return line.decode().rstrip("\n")

    async def lines_until(self, text):
        lines = []
        while not lines or text not in lines[-1]:
            lines.append(await self.line())
        return lines


@pytest.fixture
def program(resources):
    """Starts a program and ends it, with everything it started, when the test has ended."""

    async def started(*command, **env):
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL, env={**os.environ, **env},
        )

        async def stop():
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 10)

        resources.push_async_callback(stop)
        return Program(process)

    return started


@pytest.fixture
def example(program, server):
    async def started(name):
        service = await program(sys.executable, EXAMPLES / name / "service.py", NATS_URL=server.nats)
        await service.lines_until("serving")
        return service

    return started


@pytest.mark.parametrize("name", ["hello", "books"])
@pytest.mark.timeout(180)
async def test_one_command_starts_an_example_and_says_what_to_open(program, nats_server, name):
    started = await program(EXAMPLES / name / "run", NATS_URL=nats_server.url)
    text = "\n".join(await started.lines_until("serving"))
    if "Open" not in text:
        text += "\n" + await started.line()
    assert "curl http://" in text
    assert re.search(r"Open +http://127\.0\.0\.1:\d+/", text)


@pytest.mark.parametrize("name", ["hello", "books"])
@pytest.mark.timeout(180)
async def test_the_page_of_an_example_is_served(program, nats_server, name):
    started = await program(EXAMPLES / name / "run", NATS_URL=nats_server.url)
    line = (await started.lines_until("Open"))[-1]
    page = await HTTPClient(line.split()[1]).get("/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html")
    assert b"new WebSocket" in page.body


async def test_the_message_of_hello_changes_for_HTTP_and_WebSocket_clients(example, client, http, program, server):
    await example("hello")
    watch = await program(sys.executable, EXAMPLES / "hello/watch.py", RES_URL=server.ws)
    await watch.lines_until("Hello, World!")
    assert (await http.get("/api/models/mymodel")).json() == {"message": "Hello, World!"}
    await client.subscribe("models.mymodel")
    assert (await http.post("/api/models/mymodel/set", {"message": "Hi"})).status == 204
    assert await client.next_event() == ("models.mymodel", "change", {"values": {"message": "Hi"}})
    assert await watch.line() == "Hi"
    await client.call("models.mymodel", "set", {"message": "Hej"})
    assert (await http.get("/api/models/mymodel")).json() == {"message": "Hej"}


@pytest.mark.parametrize("params", [None, [], {}, {"message": 5}, {"message": " "}, {"message": "a", "b": 1}])
async def test_hello_refuses_what_is_no_message(example, client, params):
    await example("hello")
    with pytest.raises(RESError) as failure:
        await client.call("models.mymodel", "set", params)
    assert failure.value.code == "system.invalidParams"


async def test_hello_allows_no_other_method(example, http):
    await example("hello")
    assert (await http.post("/api/models/mymodel/explode")).status == 401


async def test_books_are_listed_added_edited_and_deleted(example, client, http, program, server):
    await example("books")
    watch = await program(sys.executable, EXAMPLES / "books/watch.py", RES_URL=server.ws)
    await watch.lines_until("Solaris")
    await client.subscribe("bookshelf.books")
    assert [book["title"] for book in client.rows("bookshelf.books")] == ["Animal Farm", "Solaris"]

    added = await http.post("/api/bookshelf/books/new", {"title": " Momo ", "author": "Michael Ende"})
    assert added.headers["Location"] == "/api/bookshelf/book/3"
    await client.until(lambda: client.keys("bookshelf.books") == ["1", "2", "3"])
    assert client["bookshelf.book.3"] == {"id": 3, "title": "Momo", "author": "Michael Ende"}
    await watch.lines_until("Momo (Michael Ende)")

    await client.call("bookshelf.book.1", "set", {"title": "1984"})
    assert client["bookshelf.book.1"]["title"] == "1984"
    await watch.lines_until("1984")

    assert (await http.delete("/api/bookshelf/book/2")).status == 204
    await client.until(lambda: client.keys("bookshelf.books") == ["1", "3"])
    assert (await http.get("/api/bookshelf/book/2")).status == 404
    assert [book["model"]["id"] for book in (await http.get("/api/bookshelf/books")).json()] == [1, 3]


@pytest.mark.parametrize("path, params, status, code", [
    ("books/new", {"title": "Momo"}, 400, "system.invalidParams"),
    ("books/new", {"title": "Momo", "author": ""}, 400, "system.invalidParams"),
    ("books/new", {"title": "Momo", "author": "M. E.", "id": 7}, 400, "system.invalidParams"),
    ("books/new", None, 400, "system.invalidParams"),
    ("book/1/set", {"title": 7}, 400, "system.invalidParams"),
    ("book/9/set", {"title": "x"}, 404, "system.notFound"),
    ("book/9/delete", None, 404, "system.notFound"),
    ("book/1/burn", None, 404, "system.methodNotFound"),
])
async def test_books_refuses_what_it_cannot_do(example, http, path, params, status, code):
    await example("books")
    answer = await http.post(f"/api/bookshelf/{path}", params)
    assert (answer.status, answer.code) == (status, code)


async def test_a_restarted_service_brings_its_clients_up_to_date(example, client):
    first = await example("books")
    await client.subscribe("bookshelf.books")
    await client.call("bookshelf.book.1", "set", {"title": "1984"})
    await client.call("bookshelf.book.2", "delete")
    first.process.terminate()
    await first.process.wait()
    await example("books")
    await client.until(lambda: [book["title"] for book in client.rows("bookshelf.books")] == ["Animal Farm", "Solaris"])


async def test_a_service_may_come_before_its_broker(program, nats_server):
    url = nats_server.url
    await nats_server.stop()
    service = await program(sys.executable, EXAMPLES / "hello/service.py", NATS_URL=url)
    await service.lines_until("is a NATS server listening")
    await nats_server.start(port=int(url.rpartition(":")[2]))
    await service.lines_until("serving models.mymodel")
