"""The console while things go wrong, while the server is restarted, and while much happens at once."""

import asyncio
import json
import time

from harness.console import address, contains, heap, save, set_value
from harness.deadline import eventually


# Chaos


async def test_sliders_make_a_rule_that_every_screen_shows(server, window, http):
    page = window(address(server, "$chaos"))
    await page.shows("input[name=errors]")
    set_value(page, "select[name=role]", "http")
    set_value(page, "input[name=pattern]", "library.books.>")
    set_value(page, "input[name=errors]", "100")
    page.button("Add this rule").click()
    await page.until(".rules code", "http library.books.> errors=100%")
    assert (await http.get("/api/library/books/1")).status == 503
    page.open(address(server, "library/authors"))
    await contains(page, ".warning", "chaos: http library.books.> errors=100%")
    page.open(address(server, "$chaos"))
    await page.shows(".rules li")
    page.button("Clear all").click()
    await eventually(lambda: page.script("return !document.querySelector('.warning, .rules li')"), "nothing is active")
    assert (await http.get("/api/library/books/1")).status == 200


async def test_a_session_is_recorded_and_played_again(server, window, http):
    page = window(address(server, "$chaos"), may_complain=True)
    await page.shows("input[name=errors]")
    page.button("Record").click()
    await contains(page, ".warning", "recording")
    await asyncio.sleep(0.5)
    await http.get("/api/library/authors/1")
    await http.get("/api/library/nothing")
    await http.patch("/api/library/books/42", {"pages": 77})
    await contains(page, "[aria-label='Record and replay'] [role=status]", "3 requests so far")
    page.button("Stop").click()
    await http.patch("/api/library/books/42", {"pages": 1})
    page.button("Replay").click()
    await contains(page, "[aria-label='Record and replay'] [role=status]", "Replayed 3: 3 ended as recorded.")
    assert (await http.get("/api/library/books/42")).json()["pages"] == 77
    saved = await save(page, "Save")
    assert json.loads(saved.splitlines()[0]) == {"recording": "resdev", "version": 1}
    assert [json.loads(line)["resource"] for line in saved.splitlines() if '"client"' in line] == \
        ["library.authors.1", "library.nothing", "library.books.42"]


async def test_a_recording_of_the_command_line_is_played(server, window, http, start, library_db, tmp_path):
    recording = tmp_path / "session.jsonl"
    recorder = await start("record", recording, library_db, "--port", 0, "--nats-port", 0, ports=False)
    await recorder.http.get("/api/library/authors/1")
    await recorder.http.patch("/api/library/books/42", {"pages": 78})
    await recorder.stop()
    await http.patch("/api/library/books/42", {"pages": 1})
    page = window(address(server, "$chaos"))
    await page.shows("input[type=file]")
    (tmp_path / "notes.jsonl").write_text('{"at": 1}\n')
    page.find("input[type=file]").send_keys(str(tmp_path / "notes.jsonl"))
    await contains(page, "[aria-label='Record and replay'] .problem", "There is no request of a client in this file")
    page.find("input[type=file]").send_keys(str(recording))
    await contains(page, "[aria-label='Record and replay'] [role=status]", "2 requests over")
    page.button("Replay").click()
    await contains(page, "[aria-label='Record and replay'] [role=status]", "Replayed 2: 2 ended as recorded.")
    assert (await http.get("/api/library/books/42")).json()["pages"] == 78


# A server that is started anew


async def test_every_screen_comes_back_after_the_server_was_restarted(start, window, library_db):
    server = await start("serve", library_db)
    places = {
        "library/books?limit=25": "td[data-column=title]", "library/books/42": "dl.row", "$wire": "h1",
        "$bus": "[aria-label=Subscriptions] td", "$connections": "tr[data-client]", "$sql": ".diagram .name", "$chaos": "input[name=errors]",
    }
    pages = {place: window(address(server, place), may_complain=True) for place in places}
    for place, page in pages.items():
        await page.shows(places[place])
    await server.stop(seconds=3)
    for page in pages.values():
        await page.until(".status", "connecting…")
    again = await start("serve", library_db, "--port", server.ready["http"].rpartition(":")[2], "--nats-port", 0, ports=False)
    for page in pages.values():
        await page.until(".status", "live", seconds=20)
    await again.http.post("/api/$sys/chaos/set", {"rules": ["http library.nothing errors=1%"]})
    await again.http.patch("/api/library/books/42", {"pages": 4242})
    row = pages["library/books/42"]
    await contains(row, "[data-column=pages] .value", "4242")
    await contains(pages["library/books?limit=25"], "td[data-column=title]", "")
    await contains(pages["$wire"], "tr.exchange td:nth-child(5)", "library.books.42")
    await contains(pages["$bus"], "[aria-label=Subjects] td", "call.library.books.42.set")
    await contains(pages["$connections"], ".badge", "this page")
    await contains(pages["$sql"], "[aria-label=Changes] td", "books")
    await contains(pages["$chaos"], ".rules code", "http library.nothing errors=1%")
    for place, page in pages.items():
        await contains(page, ".warning", "chaos: http library.nothing errors=1%")


# Much at once


async def test_a_thousand_changes_a_second_freeze_nothing(server, window, join):
    service = await join(server.nats, {
        "access.busy.>": {"result": {"get": True}},
        "get.busy.list": {"result": {"collection": [{"rid": f"busy.item.{number}"} for number in range(50)]}},
        "get.busy.item.*": {"result": {"model": {"value": 0, "text": "x"}}},
    })
    wire, grid = window(address(server, "$wire")), window(address(server, "busy/list"))
    await wire.shows("h1")
    await eventually(lambda: grid.texts("td[data-column=value]") == ["0"] * 50, "the rows are there")
    watch = """window.frames = 0; window.longest = 0; let last = performance.now();
        (function frame(now) { window.frames += 1; window.longest = Math.max(window.longest, now - last); last = now;
            requestAnimationFrame(frame); })(last);"""
    grid.script(watch)
    start = time.monotonic()
    for second in range(5):
        if second == 1:
            before = heap(wire), heap(grid)
        for tenth in range(20):
            for number in range(50):
                value = json.dumps({"values": {"value": 1 + tenth + 20 * second}}).encode()
                await service.nc.publish(f"event.busy.item.{number}.change", value)
            await asyncio.sleep(max(0, start + second + tenth / 20 - time.monotonic()))
    await service.nc.flush()
    elapsed = time.monotonic() - start
    frames, longest = grid.script("return [window.frames, window.longest]")
    await eventually(lambda: grid.texts("td[data-column=value]") == ["100"] * 50, "the last values are there")
    await contains(wire, "tr.exchange td:nth-child(5)", "busy.item.")
    assert frames / elapsed > 8 and longest < 1500, f"{frames / elapsed:.0f} frames a second, the longest {longest:.0f} ms"
    grown = [after - earlier for after, earlier in zip((heap(wire), heap(grid)), before)]
    assert all(size < 15e6 for size in grown), f"the pages' memory grew by {grown} bytes"
