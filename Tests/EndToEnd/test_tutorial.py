"""docs/tutorial.md, followed literally: every command and file in an empty directory, and two windows of a browser."""

import shutil

import pytest
from selenium.webdriver.common.keys import Keys

from harness.deadline import eventually
from harness.markdown import Reader, blocks
from harness.process import ROOT

TUTORIAL = ROOT / "docs/tutorial.md"


class Windows:
    """What a reader looks at where the tutorial says so."""

    def __init__(self, reader, window):
        self.reader = reader
        self.open = window
        self.pages = []

    async def console(self):
        page = self.open(f"{self.reader.url}/console/")
        await page.shows("main")

    async def two_windows(self):
        one, other = self.pages = [self.open(f"{self.reader.url}/") for _ in range(2)]
        for page in self.pages:
            await page.until("li", "Buy bread", "Call the plumber", "Water the plants")
        one.find("input[name=title]").send_keys("Answer Ann", Keys.ENTER)
        for page in self.pages:
            await page.until("li", "Answer Ann", "Buy bread", "Call the plumber", "Water the plants")
        other.find("li:nth-child(3) input").click()
        for page in self.pages:
            await page.until("li", "Answer Ann", "Buy bread", "Water the plants", "Call the plumber")

    async def the_cat(self):
        for page in self.pages:
            await page.until("li", "Answer Ann", "Buy bread", "Feed the cat", "Water the plants", "Call the plumber")

    async def no_bread(self):
        for page in self.pages:
            await page.until("li", "Answer Ann", "Feed the cat", "Water the plants", "Call the plumber")

    async def the_clock(self):
        for page in self.pages:
            await page.shows("[role=status]:not(:empty)")
            before = page.texts("[role=status]")
            await eventually(lambda: page.texts("[role=status]") != before, "the clock ticks")


@pytest.mark.timeout(120)
async def test_the_tutorial_works_as_it_stands(tmp_path, resources, window):
    for program in ("sqlite3", "curl", "python3"):
        assert shutil.which(program), f"{program} is not installed: scripts/test installs what the tests need"
    reader = Reader(tmp_path)
    resources.push_async_callback(reader.close)
    # A server that restarts is complained about by every browser.
    windows = Windows(reader, lambda url: window(url, may_complain=True))
    for block in blocks(TUTORIAL):
        if block.language == "check":
            await getattr(windows, block.words.replace(" ", "_"))()
        else:
            await reader.follow(block)
