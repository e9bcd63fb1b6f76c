"""A headless Chromium, and its windows as the tests see them."""

import shutil
from importlib.resources import files

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from harness.deadline import eventually

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,820",
             "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows"]

# axe-core, the accessibility engine, as one script.
AXE = files("axe_core_python") / "axe.min.js"


def launch():
    """Starts Debian's Chromium; everything it logs can be asked for."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if path is None]
    assert not missing, f"{' and '.join(missing)} not found: Debian has them as chromium and chromium-driver."
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))


class Window:
    """One window of the browser. Calls go to the driver, which has one window in hand at a time."""

    def __init__(self, driver, handle):
        self.driver = driver
        self.handle = handle

    def hold(self):
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)
        return self.driver

    def open(self, url):
        self.hold().get(url)

    def find(self, selector):
        return self.hold().find_element(By.CSS_SELECTOR, selector)

    def button(self, text, within="body"):
        """The button with a text that starts so."""
        return self.find(within).find_element(By.XPATH, f".//button[starts-with(normalize-space(), '{text}')]")

    def texts(self, selector):
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => (e.innerText ?? e.textContent).trim())", selector)

    def script(self, code, *values):
        return self.hold().execute_script(code, *values)

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.hold().execute_cdp_cmd(name, parameters)

    def evaluate(self, expression):
        """What an expression gives, awaited; fails with the page's error."""
        answer = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]["exception"].get("description")
        return answer["result"].get("value")

    def type(self, *keys):
        self.hold().switch_to.active_element.send_keys(*keys)

    async def until(self, selector, *expected, seconds=10.0):
        """Waits until the elements of a selector have these texts."""
        await eventually(
            lambda: self.texts(selector) == list(expected),
            lambda: f"{selector} shows {list(expected)}, but {self.texts(selector)}; {self.complaints()}", seconds,
        )

    async def shows(self, selector, seconds=10.0):
        """Waits until something matches a selector, and gives it."""
        await eventually(
            lambda: self.script("return document.querySelector(arguments[0]) !== null", selector),
            lambda: f"{selector} is in the page: {self.find('body').text[:500]}; {self.complaints()}", seconds,
        )
        return self.find(selector)

    def accessibility_problems(self):
        """What axe finds wrong with the page for people who hear it, do not use a mouse, or see little (WCAG 2.1 AA)."""
        self.hold().execute_script(AXE.read_text())
        found = self.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })")
        return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]

    def complaints(self):
        """Warnings and errors of the page since the last call."""
        return [entry["message"] for entry in self.hold().get_log("browser") if entry["level"] in ("WARNING", "SEVERE")]
