"""Pictures of the console's screens, each with something on it; for scripts/pictures."""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from harness import browser, nats_client
from harness.process import LIBRARY, Resdev
from harness.res_client import RESClient

SIZE = {"width": 1180, "height": 700, "deviceScaleFactor": 1, "mobile": False}
LARGEST = 150_000


async def busy(server, client):
    """What an app might do."""
    http = server.http
    await http.get("/api/library/books?year__lt=1900&sort=-year&limit=3")
    await http.get("/api/library/authors/110")
    await http.patch("/api/library/books/42", {"title": "Don’t panic"})
    await client.call("library.reviews.7", "set", {"rating": 5})
    await http.post("/api/library/authors", {"name": "Ann Leckie", "born": 1966, "country": "United States"})
    await http.patch("/api/library/books/42", {"pages": 224})


async def explorer(page, server, client, nats):
    page.open(f"{server.http.url}/#/library/books?year__gte=1970&sort=-year&limit=14")
    await page.shows("td[data-column=title]")


async def wire(page, server, client, nats):
    page.open(f"{server.http.url}/#/$wire")
    await page.shows(".filters input")
    await asyncio.sleep(1)
    await busy(server, client)
    await page.shows("tr.exchange button")
    await asyncio.sleep(1)
    page.script("[...document.querySelectorAll('tr.exchange')].find(row => row.innerText.includes('PATCH')).querySelector('button').click()")
    await page.shows(".waterfall")


async def bus(page, server, client, nats):
    page.open(f"{server.http.url}/#/$bus")
    await page.shows("[aria-label=Subscriptions] td")
    await nats.publish("factory.line1.temperature", b"21")
    await busy(server, client)
    await page.shows("[aria-label=Subjects] tr.alarm td")


async def connections(page, server, client, nats):
    page.open(f"{server.http.url}/#/$connections")
    await page.shows("td")
    await busy(server, client)


async def sql(page, server, client, nats):
    page.open(f"{server.http.url}/#/$sql")
    await page.shows("svg")
    page.script("""
        const field = document.querySelector('textarea');
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, arguments[0]);
        field.dispatchEvent(new Event('input', { bubbles: true }));
    """, "SELECT country, count(*) AS authors FROM authors GROUP BY country ORDER BY authors DESC LIMIT 4;")
    page.button("Run").click()


async def chaos(page, server, client, nats):
    await client.call("$sys.chaos", "set", {"rules": ["client library.books.> latency=200ms±50ms errors=5%"], "seed": 7})
    page.open(f"{server.http.url}/#/$chaos")
    await page.shows(".warning")


async def take(folder):
    folder.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await Resdev(["serve", LIBRARY, "--port", 0, "--nats-port", 0], work).start()
        stack.push_async_callback(server.stop)
        client = await RESClient.connect(server.ws, "1.2.3")
        stack.push_async_callback(client.close)
        await client.subscribe("library.books?language=fr&sort=title&limit=5")
        nats = await nats_client.connect(server.nats, name="thermometer")
        stack.push_async_callback(nats.close)
        driver = browser.launch()
        stack.callback(driver.quit)
        page = browser.Window(driver, driver.current_window_handle)
        page.command("Emulation.setDeviceMetricsOverride", **SIZE)
        page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        for screen in (explorer, wire, bus, connections, sql, chaos):
            await screen(page, server, client, nats)
            await asyncio.sleep(1.5)
            picture = folder / f"{screen.__name__}.png"
            picture.write_bytes(driver.get_screenshot_as_png())
            size = picture.stat().st_size
            print(f"{picture}: {size} bytes")
            assert size < LARGEST, f"{picture} is larger than {LARGEST} bytes"


asyncio.run(take(Path(sys.argv[1])))
