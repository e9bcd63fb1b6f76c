import shutil
import socket
import sqlite3
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from harness import browser, nats_client
from harness.certificates import Authority
from harness.nats_server import NATSServer
from harness.process import LIBRARY, Resdev, binary
from harness.res_client import RESClient
from harness.service import Service
from harness.terminal import Terminal


@pytest.fixture(scope="session", autouse=True)
def there_is_a_program_to_test():
    try:
        binary()
    except AssertionError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def library_template(tmp_path_factory):
    """The sample library as a database file, made once."""
    path = tmp_path_factory.mktemp("template") / "library.db"
    with sqlite3.connect(path) as database:
        database.executescript(LIBRARY.read_text())
    database.close()
    return path


@pytest.fixture
def library_db(library_template, tmp_path):
    """A copy of the sample library for this test alone."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Path(shutil.copy(library_template, folder / "library.db"))


@pytest.fixture
async def resources(request):
    """What a test opened and what has to be closed, in reverse order, when it has ended."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def start(resources, tmp_path):
    """Starts resdev with the given arguments on free ports; it must end in order when the test has ended."""
    count = 0

    async def started(*arguments, env=None, ports=True, command=(), cwd=None, prefix=(), folder=None):
        nonlocal count
        count += 1
        folder = (folder or tmp_path) / f"resdev-{count}"
        folder.mkdir()
        arguments = list(arguments)
        if ports:
            arguments += {"serve": ["--port", 0, "--nats-port", 0], "broker": ["--port", 0],
                          "gateway": ["--port", 0], "store": []}[arguments[0]]
        if prefix:
            folder.chmod(0o777)
        server = Resdev(arguments, folder, env, command, cwd, prefix)

        async def stop():
            if server.running:
                await server.stop()

        resources.push_async_callback(stop)
        return await server.start()

    return started


@pytest.fixture
def terminal(resources):
    """Starts resdev on a terminal of its own."""

    async def started(*arguments, env=None, cwd=None):
        terminal = Terminal(arguments, env, cwd)
        resources.push_async_callback(terminal.close)
        await terminal.start()
        return terminal

    return started


@pytest.fixture
async def server(start, library_db):
    """resdev serving a copy of the sample library."""
    return await start("serve", library_db)


@pytest.fixture
def http(server):
    return server.http


@pytest.fixture
def connect(resources, request):
    """Connects RES clients; each must have seen nothing that contradicts the protocol when the test has ended."""

    async def connected(server, protocol="1.2.3", **options):
        client = await RESClient.connect(server.ws, protocol, **options)

        async def close():
            await client.close()
            assert not client.violations

        resources.push_async_callback(close)
        return client

    return connected


@pytest.fixture
async def client(server, connect):
    return await connect(server)


@pytest.fixture
def join(resources):
    """Joins a service made of a table at a NATS address."""

    async def joined(url, answers=()):
        service = await Service.join(url, answers)
        resources.push_async_callback(service.close)
        return service

    return joined


@pytest.fixture
def nats_connect(resources):
    """Connects nats-py clients."""

    async def connected(url, **options):
        nc = await nats_client.connect(url, **options)
        resources.push_async_callback(nc.close)
        return nc

    return connected


@pytest.fixture
async def nats_server(resources, tmp_path):
    """A real nats-server."""
    folder = tmp_path / "nats-server"
    folder.mkdir()
    server = NATSServer(folder)
    resources.push_async_callback(server.stop)
    return await server.start()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """An authority that no system trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def server_certificate(authority):
    """A certificate for this machine's servers."""
    return authority.issue("server")


@pytest.fixture(scope="session")
def client_certificate(authority):
    """A certificate of a client."""
    return authority.issue("client", names="email:ann@example.com,DNS:ann.example.com")


@pytest.fixture
def sql(library_db):
    """Asks the library's file, past the server."""

    def rows(statement, *values):
        database = sqlite3.connect(library_db)
        try:
            return database.execute(statement, values).fetchall()
        finally:
            database.close()

    return rows


@pytest.fixture
def shell(library_db):
    """Writes to the library's file as another program does: with the sqlite3 shell."""

    def write(script):
        subprocess.run(
            ["sqlite3", "-bail", library_db], input=f"PRAGMA foreign_keys = ON;\n.timeout 5000\n{script}",
            text=True, check=True, capture_output=True,
        )

    return write


@pytest.fixture
def free_port():
    """A port nobody listens on: bound, so that nobody else is given it, but without a listener."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def busy_port():
    """A port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture(scope="session")
def chromium():
    """The browser, started with the first test that needs it; its first window stays open and empty."""
    driver = browser.launch()
    yield driver
    driver.quit()


@pytest.fixture
def window(chromium, resources):
    """Opens windows of the browser; none may have complained when the test has ended, unless `may_complain`."""

    def opened(url=None, may_complain=False):
        chromium.switch_to.window(chromium.window_handles[0])
        chromium.switch_to.new_window("window")
        window = browser.Window(chromium, chromium.current_window_handle)

        async def close():
            complaints = window.complaints()
            chromium.close()
            chromium.switch_to.window(chromium.window_handles[0])
            assert may_complain or not complaints

        resources.push_async_callback(close)
        if url:
            window.open(url)
        return window

    return opened
