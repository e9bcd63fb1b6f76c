"""The command line client: get, watch, call, pub, sub, req."""
import asyncio
import json

import pytest

from harness.process import binary, environment


@pytest.fixture
def run(server, tmp_path):
    """Runs a command against the server and gives its output, error output and exit status."""

    async def run(*arguments, stdin=b"", fails=False):
        process = await start_process(server, *arguments)
        out, err = await asyncio.wait_for(process.communicate(stdin), 20)
        assert (process.returncode != 0) == fails, err.decode()
        return out.decode() if not fails else err.decode()

    return run


async def start_process(server, *arguments):
    return await asyncio.create_subprocess_exec(
        binary(), *[str(argument) for argument in arguments], env=environment(RES_URL=server.http.url, NATS_URL=server.nats),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )


async def next_line(process):
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    return json.loads(line)


async def test_get_shows_a_model_as_one_json_line(run):
    row = json.loads(await run("get", "library.books.42"))
    assert row["id"] == 42 and row["author"] == {"rid": "library.authors.110"}


async def test_get_shows_a_collection_with_a_line_for_each_row(run, server):
    lines = (await run("get", f"{server.http.url}/api/library/books?limit=3&sort=-id")).splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert ids == sorted(ids, reverse=True) and len(ids) == 3


async def test_what_is_not_there_is_named_and_ends_with_status_1(run):
    message = await run("get", "library.bookz", fails=True)
    assert "library.bookz" in message and "did you mean books" in message


async def test_a_server_that_is_not_there_is_named(run, free_port):
    message = await run("get", f"http://127.0.0.1:{free_port}/api/a", fails=True)
    assert f"127.0.0.1:{free_port}" in message and "resdev serve" in message


async def test_watch_shows_what_there_is_and_every_event(server, run):
    watch = await start_process(server, "watch", "library.books.42", "--count", 1)
    first = await next_line(watch)
    assert first["rid"] == "library.books.42" and first["content"]["id"] == 42
    assert json.loads(await run("call", "library.books.42", "set", "title=Don’t panic")) is None
    event = await next_line(watch)
    assert event == {"rid": "library.books.42", "event": "change", "data": {"values": {"title": "Don’t panic"}}}
    assert await asyncio.wait_for(watch.wait(), 20) == 0


async def test_call_answers_with_the_new_row(run):
    row = json.loads(await run("call", "library.authors", "new", "name=Ann Leckie", "born:=1966", "country=US"))
    assert row["name"] == "Ann Leckie" and row["born"] == 1966


async def test_call_tells_the_error_of_the_method(run):
    message = await run("call", "library.books.1", "set", "year=soon", fails=True)
    assert "library.books.1.set" in message and "system.invalidParams" in message


async def test_sub_shows_what_pub_sends(server, run):
    sub = await start_process(server, "sub", "greetings.*", "late", "--count", 3)
    # The subscription is in force when the broker hands its messages on.
    first = None
    while first is None:
        await run("pub", "late", "are you there")
        try:
            first = await asyncio.wait_for(sub.stdout.readline(), 1)
        except asyncio.TimeoutError:
            first = None
    assert json.loads(first)["text"] == "are you there"
    await run("pub", "greetings.en", "-", "-H", "Lang: en", "--reply", "answers", stdin=b'{"hello": "world"}')
    message = await next_line(sub)
    while message["subject"] == "late":
        message = await next_line(sub)
    assert message == {
        "subject": "greetings.en", "reply": "answers", "headers": {"Lang": "en"}, "data": {"hello": "world"},
    }
    sub.terminate()
    await sub.wait()


async def test_req_asks_a_service_and_shows_its_answer(run):
    answer = json.loads(await run("req", "get.library.books.42"))
    assert answer["data"]["result"]["model"]["id"] == 42


async def test_req_to_nobody_ends_with_status_1(run):
    assert "nobody answers on 'nobody.home'" in await run("req", "nobody.home", fails=True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["pub", "a..b", "x"], "'a..b' is no subject"),
        (["pub", "a", "x", "-H", "novalue"], "'novalue' is no header field"),
        (["sub", "a.>.b"], "'a.>.b' is no subject"),
        (["get", "a..b"], "'a..b' is no resource id"),
        (["call", "a", "b", "c"], "'c' is no parameter"),
    ],
)
async def test_wrong_words_are_named(run, arguments, words):
    assert words in await run(*arguments, fails=True)
