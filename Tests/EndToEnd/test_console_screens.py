"""The console's screens beside the Explorer, each in a real browser."""

import asyncio
import json

import pytest
from selenium.webdriver.common.keys import Keys

from harness.console import address, contains, save, set_value
from harness.deadline import eventually

SCREENS = ["library/books?limit=25", "library/books/42", "$wire", "$bus", "$connections", "$sql", "$chaos"]


async def test_every_screen_is_reached_by_link_and_by_key(server, window):
    page = window(server.ready["http"] + "/")
    await page.shows("nav.screens a")
    assert page.texts("nav.screens a") == ["Explorer", "Live wire", "Bus", "Connections", "SQL", "Chaos"]
    for number, title in enumerate(["Live wire", "Bus", "Connections", "SQL and schema", "Chaos and time"], 2):
        page.find("body").send_keys(Keys.ALT, str(number), Keys.NULL)
        await page.until("h1", title)
    assert page.texts("nav.screens a[aria-current]") == ["Chaos"]
    page.script("document.querySelector('nav.screens a').click()")
    await page.shows("td[data-column=name]")


async def test_the_overview_tells_who_is_there(server, window, connect):
    page = window(address(server, "$bus"))
    await contains(page, ".overview dd", "1")
    await connect(server)
    await page.until(".overview div:first-child dd", "2")


# The live wire


async def test_a_write_shows_with_its_parts_and_statements(server, window, http):
    page = window(address(server, "$wire"))
    await page.shows(".filters input")
    await contains(page, "h1", "Live wire")
    await eventually(lambda: page.script("return document.querySelector('main .notice, main .grid') !== null"), "it is there")
    await http.patch("/api/library/books/42", {"pages": 7})
    await http.get("/api/library/nothing")
    await contains(page, "tr.exchange td:nth-child(5)", "library.books.42")
    page.script("[...document.querySelectorAll('tr.exchange')].find(row => row.innerText.includes('PATCH')).querySelector('button').click()")
    await page.shows(".waterfall")
    assert page.texts(".step-name")[:3] == ["HTTP request", "access", "call set"]
    await contains(page, ".step-detail", "UPDATE")
    page.find(".waterfall .plan button").click()
    await contains(page, ".waterfall .plan pre", "")
    widths = page.script("return [...document.querySelectorAll('.track span')].map(bar => bar.getBoundingClientRect().width)")
    assert widths[0] == max(widths) > 100 and all(width > 0 for width in widths)


async def test_what_is_shown_is_filtered_by_the_address_paused_and_exported(server, window, http):
    page = window(address(server, "$wire?q=authors&hide=ws"))
    await page.shows(".filters input")
    await eventually(lambda: page.script("return document.querySelector('main .notice') !== null"), "it waits")
    for path in ("authors/1", "books/1"):
        await http.get(f"/api/library/{path}")
    await page.until("tr.exchange td:nth-child(5)", "library.authors.1")
    page.button("Pause").click()
    await http.get("/api/library/authors/2")
    await contains(page, "[role=status]", "paused")
    await asyncio.sleep(0.6)
    assert page.texts("tr.exchange td:nth-child(5)") == ["library.authors.1"]
    page.button("Go on").click()
    await page.until("tr.exchange td:nth-child(5)", "library.authors.2", "library.authors.1")
    set_value(page, ".filters input[type=search]", "")
    await page.until("tr.exchange td:nth-child(5)", "library.authors.2", "library.books.1", "library.authors.1")
    assert page.script("return location.hash") == "#/$wire?hide=ws"
    saved = await save(page, "Export")
    assert [json.loads(line)["resource"] for line in saved.splitlines()] == \
        ["library.authors.1", "library.books.1", "library.authors.2"]


# The bus


async def test_subjects_are_a_tree_and_what_nobody_hears_stands_out(server, window, http, nats_connect):
    page = window(address(server, "$bus"))
    await contains(page, "[aria-label=Subscriptions] td", "call.library.>")
    nc = await nats_connect(server.nats, name="sensor")
    await nc.publish("factory.line1.temperature", b"21")
    await http.get("/api/library/authors/1")
    await contains(page, "[aria-label=Subjects] tr.alarm td", "factory.line1.temperature")
    await contains(page, "[aria-label=Subjects] tr.alarm td:last-child", "1 unheard")
    await contains(page, '[data-subject="get.library.authors.1"] td', "library in")
    async def answer(message):
        await message.respond(b"pong")
    await nc.subscribe("ping", queue="workers", cb=answer)
    await nc.flush()
    await contains(page, "[aria-label=Subscriptions] .badge", "workers × 1")
    set_value(page, "input[name=subject]", "ping")
    page.button("Request", "form.panel").click()
    await page.until("pre.answer", "pong")
    set_value(page, "input[name=subject]", "nobody.here")
    page.button("Request", "form.panel").click()
    await page.until("form.panel .problem", "Nobody subscribes to the subject")
    assert len(page.script("return [...document.querySelectorAll('.history li')]")) == 2


# Connections


async def test_clients_are_listed_with_what_they_have_and_can_be_dropped(server, window, connect, nats_connect):
    client = await connect(server)
    await client.subscribe("library.authors?limit=3")
    nc = await nats_connect(server.nats, name="sensor")
    await nc.subscribe("event.library.>")
    await nc.flush()
    page = window(address(server, "$connections"))
    await contains(page, "tr[data-client] td", "sensor")
    await contains(page, ".badge", "this page")
    other = page.script("return [...document.querySelectorAll('tr[data-client]')].find(row => row.innerText.includes('Python'))?.dataset.client")
    assert other
    page.find(f"tr[data-client='{other}'] .toggle").click()
    await contains(page, ".subscriptions li", "library.authors?limit=3")
    set_value(page, ".inline-form input", "120ms")
    page.button("Set", ".inline-form").click()
    await contains(page, ".badge.warn", "delayed by 120ms")
    await contains(page, ".warning", "chaos:")
    page.find(f"tr[data-client='{other}'] button.danger").click()
    await eventually(lambda: client.closed_with is not None, "the client was dropped")
    await eventually(lambda: not page.script("return document.querySelector(`tr[data-client='${arguments[0]}']`)", other), "its row is gone")


# SQL


async def test_SQL_is_run_explained_and_made_live(server, window, http, sql):
    page = window(address(server, "$sql"))
    await page.shows("textarea.sql")
    set_value(page, "textarea.sql", "SELECT id, title, NULL AS gap FROM books WHERE id = 42")
    page.button("Run").click()
    await contains(page, ".result td", "The Hitchhiker's Guide to the Galaxy")
    assert "NULL" in page.texts(".result td")
    page.button("Explain").click()
    await contains(page, "pre.plan", "SEARCH books USING INTEGER PRIMARY KEY")
    set_value(page, "textarea.sql", "UPDATE books SET pages = 5 WHERE id = 42")
    page.button("Run").click()
    await page.until(".results .problem", "This statement writes; switch writing on to run it")
    page.find(".check input").click()
    page.button("Run").click()
    await contains(page, ".result", "1 changed")
    assert sql("SELECT pages FROM books WHERE id = 42") == [(5,)]
    await contains(page, "[aria-label=Changes] td", "books")
    set_value(page, "textarea.sql", "SELECT country, count(*) AS authors FROM authors GROUP BY country ORDER BY 2 DESC LIMIT 3")
    page.button("Make this").click()
    await page.shows("dialog input")
    set_value(page, "dialog input", "countries")
    page.button("Create").click()
    await page.shows("td[data-column=country]")
    assert page.script("return location.hash") == "#/library/countries"
    first = page.texts("td[data-column=authors]")[0]
    await http.post("/api/library/authors", {"name": "One More", "born": 1900, "country": page.texts("td[data-column=country]")[0]})
    await contains(page, "td[data-column=authors]", str(int(first) + 1))


async def test_the_schema_is_drawn_and_leads_to_the_tables(server, window):
    page = window(address(server, "$sql"))
    await contains(page, ".diagram .name", "book_genres")
    assert len(page.script("return [...document.querySelectorAll('.diagram path')]")) >= 5
    links = page.script("return [...document.querySelectorAll('.diagram a')].map(a => a.getAttribute('href'))")
    assert "#/library/books" in links


async def test_a_snapshot_is_taken_and_restored(server, window, http, sql):
    page = window(address(server, "$sql"))
    await page.shows("input[name=snapshot]")
    set_value(page, "input[name=snapshot]", "before")
    page.button("Take").click()
    await page.shows("[data-snapshot=before]")
    await http.patch("/api/library/books/42", {"title": "Lost"})
    page.button("Restore").click()
    await eventually(lambda: sql("SELECT title FROM books WHERE id = 42") != [("Lost",)], "the title is back")


async def test_CSV_is_imported_and_exported(server, window, sql, tmp_path):
    page = window(address(server, "$sql"))
    await contains(page, "select[name=table] option", "members")
    set_value(page, "select[name=table]", "authors")
    file = tmp_path / "more.csv"
    file.write_text('name,born,died,country\n"Le Guin, Ursula",1929,2018,United States\r\n"A ""quoted"" one",1921,,Poland\n')
    page.find("input[type=file]").send_keys(str(file))
    await contains(page, "[aria-label='Import and export'] [role=status]", "2 rows were imported into authors.")
    assert sql("SELECT name, died, country FROM authors ORDER BY id DESC LIMIT 2") == \
        [('A "quoted" one', None, "Poland"), ("Le Guin, Ursula", 2018, "United States")]
    saved = await save(page, "Export CSV")
    lines = saved.split("\r\n")
    assert lines[0] == "id,name,born,died,country" and len(lines) == 129
    assert lines[-2].endswith('"A ""quoted"" one",1921,,Poland')


# Resources of services


async def test_a_service_s_resource_is_opened_and_its_methods_called(server, window, join):
    await join(server.nats, {
        "access.example.>": {"result": {"get": True, "call": "*"}},
        "get.example.model": {"result": {"model": {"message": "Hello", "nothing": None}}},
        "call.example.model.greet": {"result": {"said": "hi"}},
    })
    page = window(address(server, "library/authors"))
    await page.shows(".open-resource input")
    page.find(".open-resource input").send_keys("example.model", Keys.ENTER)
    await contains(page, ".property dd", "Hello")
    set_value(page, "input[name=method]", "greet")
    page.button("Call").click()
    await contains(page, "pre.answer", '"said": "hi"')


# All screens


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_shut_out(scheme, server, window, http):
    page = window()
    page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await http.post("/api/$sys/chaos/set", {"rules": ["http library.nothing errors=1%"]})
    problems = {}
    for place in SCREENS:
        page.open(address(server, place))
        await page.shows("h1")
        await http.get("/api/library/authors/1")
        await eventually(lambda: page.script("return !!document.querySelector('main table, main .panel, main .row')"), f"{place} is there")
        if place == "$wire":
            await page.shows("tr.exchange button")
            page.find("tr.exchange button").click()
        problems[place] = page.accessibility_problems()
    assert {place: found for place, found in problems.items() if found} == {}


async def test_no_screen_is_wider_than_a_phone(server, window):
    page = window()
    page.command("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    for place in SCREENS:
        page.open(address(server, place))
        await page.shows("h1")
        await eventually(lambda: page.script("return document.querySelector('main').children.length > 1"), f"{place} is there")
        assert page.script("return [document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]") == [360, 360], place
