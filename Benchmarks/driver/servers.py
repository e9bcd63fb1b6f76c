"""Starting the servers under test: every run gets a fresh process, free ports and a copy of its data."""

import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / ".build/bench"
NATS_SERVER = BENCH / "venv/bin/nats-server"
POCKETBASE = BENCH / "venv/bin/pocketbase"
RESDEV = pathlib.Path(os.environ.get("RESDEV", ROOT / ".build/resdev"))
START_LIMIT = 20  # seconds


class Server:
    """A running server process; `http`, `ws` and `nats` are its URLs, as far as it has them."""

    def __init__(self, command, scratch, http=None, ws=None, nats=None):
        self.command = [str(part) for part in command]
        self.scratch = scratch
        self.directory = directory = pathlib.Path(scratch.name)
        self.http, self.ws, self.nats = http, ws, nats
        self.beside = []  # processes that the server is measured with, and that end with it
        self.log = open(directory / "log", "wb")
        self.process = subprocess.Popen(self.command, cwd=directory, stdout=self.log, stderr=self.log)

    @property
    def pid(self):
        return self.process.pid

    def wait_until(self, ready):
        deadline = time.monotonic() + START_LIMIT
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"{self.command[0]} did not start: {(self.directory / 'log').read_text()}")
            time.sleep(0.01)
        return self

    def stop(self):
        for process in self.beside:
            process.terminate()
            process.wait()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.scratch.cleanup()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def working_directory(data=None):
    """A temporary directory, filled with a copy of the directory `data`."""
    scratch = tempfile.TemporaryDirectory(prefix="run-", dir=BENCH)
    if data:
        shutil.copytree(data, scratch.name, dirs_exist_ok=True)
    return scratch


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def nats_server():
    port = free_port()
    url = f"nats://127.0.0.1:{port}"
    server = Server([NATS_SERVER, "-a", "127.0.0.1", "-p", port], working_directory(), nats=url)
    return server.wait_until(lambda: accepts(port))


def pocketbase_command(port, directory):
    # Without the option it writes a folder of migrations beside its data.
    return [POCKETBASE, "serve", f"--http=127.0.0.1:{port}", "--dir", directory, "--automigrate=false"]


def pocketbase(data=None):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    scratch = working_directory(data)
    server = Server(pocketbase_command(port, scratch.name), scratch, http=url)
    return server.wait_until(lambda: answers(url + "/api/health"))


def resdev(*arguments, data=None, core=None):
    """`core` is the one that it runs on; all of them when left out."""
    scratch = working_directory(data)
    ready = pathlib.Path(scratch.name, "ready.json")
    pinned = [] if core is None else ["taskset", "-c", core]
    server = Server([*pinned, RESDEV, *arguments, *ANY_PORTS[arguments[0]], "--ready-file", ready], scratch)

    def read_urls():
        try:
            urls = json.loads(ready.read_text())
        except (FileNotFoundError, ValueError):
            return False
        server.http, server.ws, server.nats = (urls.get(kind, "").rstrip("/") for kind in ("http", "ws", "nats"))
        return True

    return server.wait_until(read_urls)


def gateway():
    """Broker and gateway in one process, and the generator's own RES service at the broker."""
    server = resdev("serve", "empty.db", data=empty_database())
    service = subprocess.Popen([BENCH / "resbench", "svc", "-url", server.nats], stdout=server.log, stderr=server.log)
    server.beside.append(service)
    return server.wait_until(lambda: succeeds(f"{server.http}/api/bench/model/1"))


def succeeds(url):
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return response.status == 200
    except OSError:
        return False


def empty_database():
    """A directory with a database of one table, for what is measured without a store's work."""
    directory = BENCH / "data-empty"
    if not directory.exists():
        directory.mkdir(parents=True)
        database = sqlite3.connect(directory / "empty.db")
        database.execute("CREATE TABLE unused(id INTEGER PRIMARY KEY)")
        database.close()
    return directory


# The options that let each role choose free ports.
ANY_PORTS = {
    "serve": ("--port", "0", "--nats-port", "0"),
    "broker": ("--port", "0"),
}
