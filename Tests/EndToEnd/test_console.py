"""The console in a real browser: what the page shows, that it is live, and what can be done in it."""

import re
import sqlite3
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from harness import library
from harness.deadline import eventually

CASES = (Path(__file__).parent / "harness/resclient_cases.js").read_text()
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def cell(key, column, table="books"):
    return f'tr[data-rid="library.{table}.{key}"] td[data-column="{column}"]'


def address(server, place):
    return f"{server.ready['http']}/#/library/{place}"


def is_seen(window, selector):
    """Whether an element lies within what the window shows."""
    return window.script(
        "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return r.left >= 0 && r.right <= innerWidth + 1", selector,
    )


# The files


async def test_the_page_is_for_browsers_and_the_port_is_as_before_for_others(http):
    page = await http.get("/", **HTML)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert (await http.get("/")).status == 400
    assert (await http.get("/console/nothing.mjs", **HTML)).status == 404
    assert (await http.get("/api/library/books/1", **HTML)).json()["id"] == 1


async def test_a_file_is_sent_once_and_confirmed_from_then_on(http):
    first = await http.get("/resclient.mjs")
    assert (first.status, first.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    again = await http.get("/resclient.mjs", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_a_gateway_alone_has_no_pages(start, nats_server):
    gateway = await start("gateway", "--nats", nats_server.url)
    assert [(await gateway.http.get(path, **HTML)).status for path in ("/", "/resclient.mjs")] == [400, 404]


async def test_no_file_names_an_address_outside_the_server(http):
    names = re.findall(r'"(/[a-z/-]+\.[a-z]+)"', (await http.get("/", **HTML)).body.decode())
    seen = set()
    while names:
        if (name := names.pop()) in seen:
            continue
        seen.add(name)
        text = (await http.get(name)).body.decode()
        names += re.findall(r"from '(/[^']+)'", text)
        found = set(re.findall(r"(?:https?|wss?)://[a-z][^\s'\"`]*", text))
        assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink"}, name
    assert len(seen) > 10


# resclient.mjs


async def test_resclient_keeps_to_the_protocol(server, window):
    body = CASES[CASES.index("({ ResClient"):]
    # A page of another origin may import it too.
    answers = window().evaluate(f"""(async () => {{
        const cases = ({body})(await import('{server.ready["http"]}/resclient.mjs'));
        const late = () => new Promise(resolve => setTimeout(resolve, 10000, 'has not ended'));
        const run = async test => {{ try {{ await test(); return 'fine'; }} catch (error) {{ return error.stack; }} }};
        const answers = {{}};
        for (const [name, test] of Object.entries(cases)) answers[name] = await Promise.race([run(test), late()]);
        return answers;
    }})()""")
    assert len(answers) > 15
    assert {name: answer for name, answer in answers.items() if answer != "fine"} == {}


async def test_resclient_follows_the_library(server, window):
    seen = window().evaluate(f"""(async () => {{
        const {{ ResClient }} = await import('{server.ready["http"]}/resclient.mjs');
        const client = new ResClient('{server.ws}');
        const book = await client.subscribe('library.books.42');
        const changed = new Promise(resolve => book.on('change', resolve));
        await book.set({{ pages: 7 }});
        const former = await changed;
        const books = await client.get('library.books?author_id=110&sort=title');
        const author = await book.props.author.get();
        client.disconnect();
        return [former, book.props.pages, author.props.name, books.toArray().includes(book)];
    }})()""")
    assert seen == [{"pages": 193}, 7, "Douglas Adams", True]


# The Explorer


async def test_it_starts_with_the_first_table_and_lists_all(server, window):
    page = window(server.ready["http"] + "/")
    await page.until("nav.tables a", "authors", "books", "book_genres", "members", "loans", "reviews", "book_ratings")
    await page.shows(cell(1, "name", "authors"))
    assert page.script("return location.hash") == "#/library/authors"
    assert page.texts(".status") == ["live"]
    assert "library.authors?limit=50" in page.texts(".ids code")


async def test_a_grid_shows_what_the_query_of_the_address_gives(server, window, library_db):
    page = window(address(server, "books?year__lt=1900&sort=-year,title&start=5&limit=25"))
    rows = library.window(library_db, "books WHERE year < 1900 ORDER BY year DESC, title, id LIMIT 25 OFFSET 5")
    await page.until("td[data-column=title]", *[row["title"] for row in rows])
    assert page.texts("td[data-column=year]") == [f"{row['year']}" for row in rows]
    assert page.texts(".pager span") == [f"rows 6–{5 + len(rows)}"]
    assert page.texts(".ids code")[1].endswith("/api/library/books?year__lt=1900&sort=-year%2Ctitle&start=5&limit=25".replace("%2C", ","))


async def test_sorting_filtering_and_paging_change_the_address(server, window, sql):
    page = window(address(server, "books?limit=25"))
    await page.shows(cell(1, "title"))
    page.button("year", "thead").click()
    page.button("year", "thead").click()
    await page.until("th[aria-sort=descending]", "year↓")
    page.button("Next").click()
    await page.until(".pager span", "rows 26–50")
    assert page.script("return location.hash") == "#/library/books?sort=-year&start=25&limit=25"
    page.button("+ Filter").click()
    await page.shows(".filter")
    page.script("const s = document.querySelector('[aria-label=Column]'); s.value = 'language';"
                "s.dispatchEvent(new Event('change', { bubbles: true }))")
    await eventually(lambda: "language__contains" in page.script("return location.hash"), "the address has the filter")
    page.find(".filter input").send_keys("pl", Keys.ENTER)
    titles = [title for title, in sql("SELECT title FROM books WHERE language LIKE '%pl%' ORDER BY year DESC, id LIMIT 25")]
    await page.until("td[data-column=title]", *titles)
    page.script("history.back()")
    await page.until(".filter input", "")


async def test_an_edit_in_one_window_arrives_in_another(server, window, sql):
    left, right = window(address(server, "books?limit=25")), window(address(server, "books/42"))
    await right.until('[data-column="title"] .value', "The Hitchhiker's Guide to the Galaxy")
    left.open(address(server, "books?author_id=110&limit=25"))
    (await left.shows(cell(42, "title"))).send_keys(Keys.ENTER)
    (await left.shows(cell(42, "title") + " :is(input, textarea)")).send_keys("Don’t panic", Keys.ENTER)
    await left.until(cell(42, "title") + " .flash", "Don’t panic")
    await right.until('[data-column="title"] .flash', "Don’t panic")
    assert sql("SELECT title FROM books WHERE id = 42") == [("Don’t panic",)]
    assert left.script("return document.activeElement.dataset.column") == "title"


async def test_writes_by_HTTP_arrive(server, window, http):
    page = window(address(server, "authors?sort=-id&limit=3"))
    await page.until("td[data-column=id]", "125", "124", "123")
    await http.post("/api/library/authors", {"id": 200, "name": "Ann Leckie", "born": 1966, "country": "United States"})
    await page.until("td[data-column=id]", "200", "125", "124")
    assert page.texts("tr.fresh td[data-column=name]") == ["Ann Leckie"]
    await http.patch("/api/library/authors/200", {"country": "Spain"})
    await page.until(cell(200, "country", "authors") + " .flash", "Spain")
    await http.delete("/api/library/authors/200")
    await page.until("td[data-column=id]", "125", "124", "123")


async def test_NULL_the_empty_text_and_a_text_are_different_things(server, window, http, sql):
    page = window(address(server, "books?id=42"))
    await page.shows(cell(42, "subjects"))
    await http.patch("/api/library/books/42", {"subjects": "", "details": None})
    await page.until(cell(42, "subjects") + " .empty", "empty")
    await page.until(cell(42, "details") + " span.null", "NULL")
    page.find(cell(42, "details")).send_keys(Keys.ENTER)
    (await page.shows(cell(42, "details") + " :is(input, textarea)")).send_keys('{"a": [1]}', Keys.ENTER)
    await page.until(cell(42, "details") + " .value", '{"a":[1]}')
    page.find(cell(42, "subjects")).send_keys(Keys.ENTER)
    (await page.shows(cell(42, "subjects") + " :is(input, textarea)")).send_keys("NULL", Keys.ENTER)
    await page.until(cell(42, "subjects") + " .text", "NULL")
    assert sql("SELECT subjects, details FROM books WHERE id = 42") == [("NULL", '{"a":[1]}')]


async def test_what_the_database_refuses_is_said_where_it_was_typed(server, window, sql):
    page = window(address(server, "books?id=42"))
    (await page.shows(cell(42, "pages"))).send_keys(Keys.F2)
    (await page.shows(cell(42, "pages") + " input")).send_keys("-1", Keys.ENTER)
    await page.until(".editor .problem", "pages must satisfy CHECK (pages > 0)")
    page.type(Keys.ESCAPE)
    await page.until(cell(42, "pages") + " .value", "193")
    assert sql("SELECT pages FROM books WHERE id = 42") == [(193,)]


async def test_rows_are_added_and_deleted(server, window, sql):
    page = window(address(server, "authors?sort=-id&limit=3"))
    await page.shows(cell(125, "name", "authors"))
    page.button("+ Row").click()
    for name, text in {"name": "Ann Leckie", "born": "1966"}.items():
        (await page.shows(f"dialog input[aria-label={name}]")).send_keys(text)
    page.button("Add", "dialog").click()
    await page.until("dialog .problem", "country: a value is required")
    page.find("dialog input[aria-label=country]").send_keys("United States", Keys.ENTER)
    await page.until("td[data-column=name]", "Ann Leckie", *[
        name for name, in sql("SELECT name FROM authors WHERE name <> 'Ann Leckie' ORDER BY id DESC LIMIT 2")])
    assert sql("SELECT born, died FROM authors WHERE name = 'Ann Leckie'") == [(1966, None)]
    page.find("tr.fresh td.delete button").click()
    page.button("Delete", "dialog").click()
    await page.until("td[data-column=id]", "125", "124", "123")
    assert sql("SELECT count(*) FROM authors WHERE name = 'Ann Leckie'") == [(0,)]


async def test_references_lead_both_ways(server, window):
    page = window(address(server, "books?id=42"))
    (await page.shows(cell(42, "author_id") + " .follow")).click()
    await page.until('[data-column="name"] .value', "Douglas Adams")
    page.find("dd.back a").click()
    await page.shows(cell(42, "title"))
    assert page.script("return location.hash") == "#/library/authors/110/books"


async def test_views_are_live_and_read_only(server, window, http):
    page = window(address(server, "book_ratings?id=3"))
    await page.until("td[data-column=rating]", "5")
    assert page.texts(".badge") == ["view, read only"]
    assert page.texts(".actions button") == ["Copy as…", "HTTP API…"]
    await http.patch("/api/library/books/3", {"title": "Phlebas"})
    await page.until("td[data-column=title]", "Phlebas")


async def test_a_query_is_shown_in_other_tools_words(server, window, http):
    page = window(address(server, "books?title__startswith=It's&sort=-year"))
    await page.shows(".pager")
    page.button("Copy as").click()
    query = "title__startswith=It%27s&sort=-year&limit=50"
    expected = {"curl": f"curl '{server.ready['http']}/api/library/books?{query}'", "fetch": f"books?{query}'",
                "ResClient": f"'library.books?{query}'", "nats-py": f'json.dumps({{"query": "{query}"}})'}
    for tool, code in expected.items():
        page.button(tool, "dialog .tabs").click()
        await eventually(lambda: code in page.texts("dialog pre")[0], f"{code} in {page.texts('dialog pre')}")
    assert server.nats in page.texts("dialog pre")[0]


async def test_unknown_places_say_what_is_wrong(server, window):
    page = window(address(server, "boks"))
    await page.until(".notice strong", "No table or view boks in library; did you mean books?")
    page.open(address(server, "books?yaer=1"))
    await page.until(".notice strong", "No column yaer in books; did you mean year?")
    page.open(address(server, "books/4242"))
    await page.until(".notice code", "system.notFound")


async def test_a_deleted_row_says_so(server, window, http):
    page = window(address(server, "reviews/1"))
    await page.shows("dl.row")
    await http.delete("/api/library/reviews/1")
    await page.until(".notice code", "system.deleted")


async def test_cells_are_reached_by_keyboard_alone(server, window):
    page = window(address(server, "books?limit=25"))
    await page.shows(cell(2, "year"))
    page.script("document.querySelector('td[tabindex=\"0\"]').focus()")
    page.type(Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    page.type(Keys.ARROW_RIGHT)
    assert page.script("const e = document.activeElement; return [e.dataset.column, e.closest('tr').dataset.rid]") == \
        ["title", "library.books.2"]


async def test_everything_comes_back_after_the_server_was_restarted(start, window, library_db):
    port = 0
    server = await start("serve", library_db, "--port", port, "--nats-port", 0, ports=False)
    page = window(address(server, "books?id=42"), may_complain=True)
    await page.shows(cell(42, "title"))
    await server.stop()
    await page.until(".status", "connecting…")
    port = server.ready["http"].rpartition(":")[2]
    with sqlite3.connect(library_db) as database:
        database.execute("UPDATE books SET title = 'Meanwhile' WHERE id = 42")
    database.close()
    again = await start("serve", library_db, "--port", port, "--nats-port", 0, ports=False)
    await page.until(cell(42, "title") + " .flash", "Meanwhile", seconds=20)
    assert page.texts(".status") == ["live"]
    await again.http.patch("/api/library/books/42", {"title": "And on"})
    await page.until(cell(42, "title") + " .flash", "And on")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_its_ground(scheme, server, window):
    page = window()
    page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.open(address(server, "books?limit=25"))
    await page.shows(cell(1, "title"))
    weak = page.script(CONTRAST, ["h1", "h1 a", "th button", "td .text", "td .number", "td .null", ".follow", ".ids dt",
                                  ".tables a", ".tables h2", "button.primary", ".pager span"])
    assert weak == []


async def test_on_a_phone_nothing_but_the_grid_is_wider_than_the_screen(server, window):
    page = window()
    page.command("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    page.open(address(server, "books?limit=25"))
    await page.shows(cell(1, "title"))
    assert page.script("return document.documentElement.scrollWidth") == 360
    for selector in ("h1", ".title .primary", ".ids", ".pager", ".grid", ".status"):
        assert is_seen(page, selector), selector


# The contrast of text with its ground, where it is below 4.5 (WCAG 2.2, success criterion 1.4.3).
CONTRAST = """
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = element => {
        for (let e = element; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return arguments[0].map(selector => {
        const element = document.querySelector(selector);
        if (!element) return `${selector} is missing`;
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return ratio < 4.5 ? `${selector}: ${ratio.toFixed(2)}` : null;
    }).filter(Boolean);
"""
