"""What a program costs before it works: time from start to its first answer, idle memory, size of its file."""

import cells
import datasets
import generator
import report
import servers

METRICS = [
    ("first answer, ms", "ms_med", report.significant, True),
    ("idle memory", "rss_kb_med", report.megabytes, True),
    ("CPU to idle, ms", "cpu_ms_med", report.significant, False),
    ("file, MB", "binary_bytes", lambda size: f"{size / 1e6:.1f}", False),
]
STARTS = 5  # per run


def startup(command, port, *probe):
    line = " ".join(str(part) for part in command)
    return generator.run(["startup", "-n", STARTS, "-cmd", line, "-addr", f"127.0.0.1:{port}", *probe])


def nats_server():
    port = servers.free_port()
    return startup([servers.NATS_SERVER, "-a", "127.0.0.1", "-p", port], port, "-probe", "tcp")


def resdev_broker():
    port = servers.free_port()
    return startup([servers.RESDEV, "broker", "--port", port, "--strict-port"], port, "-probe", "tcp")


def pocketbase(rows=datasets.ROWS):
    with servers.working_directory(datasets.pocketbase(rows)) as directory:
        port = servers.free_port()
        return startup(servers.pocketbase_command(port, directory), port, "-path", f"{cells.RECORDS}/{cells.FIRST_BOOK}")


def resdev(rows=datasets.ROWS):
    with servers.working_directory(datasets.resdev(rows)) as directory:
        port = servers.free_port()
        ports = ["--port", port, "--nats-port", servers.free_port(), "--strict-port"]
        command = [servers.RESDEV, "serve", f"{directory}/bench.db", *ports]
        return startup(command, port, "-path", f"{cells.BOOKS}/{cells.FIRST_BOOK}")


def programs():
    """Pairs of programs that answer the same first request."""
    yield "broker: first INFO", nats_server, resdev_broker
    yield "store: first row over HTTP", pocketbase, resdev
    million = datasets.MILLION
    yield "store of a million rows: the same", lambda: pocketbase(million), lambda: resdev(million)
