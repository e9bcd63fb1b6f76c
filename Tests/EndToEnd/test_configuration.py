"""`resdev.conf`, the environment and the command line: which counts, and what is said about mistakes."""

import signal
import socket

import pytest

from harness.deadline import eventually
from harness.process import run


def free_ports(count):
    """Ports that nobody listens on just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.mark.parametrize("strongest", ["file", "environment", "flag"])
async def test_the_command_line_goes_before_the_environment_and_that_before_the_file(start, library_db, tmp_path, strongest):
    ports = dict(zip(["file", "environment", "flag"], free_ports(3)))
    config = tmp_path / "resdev.conf"
    config.write_text(f"port: {ports['file']}, nats_port: 0, databases {{ library: \"{library_db}\" }}")
    env = {"RESDEV_PORT": str(ports["environment"])} if strongest != "file" else {}
    flags = ["--port", ports["flag"]] if strongest == "flag" else []
    server = await start("serve", "-c", config, *flags, env=env, ports=False)
    assert server.ready["http"].endswith(f":{ports[strongest]}")
    assert (await server.http.get("/api/library/authors/1")).status == 200


async def test_a_gateway_and_a_broker_have_their_blocks(start, library_db, tmp_path):
    config = tmp_path / "resdev.conf"
    config.write_text(
        f'gateway {{ apiPath: "/rest" }}, broker {{ max_payload: 1MB }}, databases {{ books: "{library_db}" }}'
    )
    server = await start("serve", "-c", config)
    assert (await server.http.get("/rest/books/authors/1")).status == 200


async def test_what_one_database_refuses_none_takes_over(start, library_db, tmp_path):
    import sqlite3
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)")
    database.close()
    config = tmp_path / "resdev.conf"

    def write(library, shop):
        config.write_text(f'databases {{ library {{ file: "{library_db}", {library} }}, shop {{ file: "shop.db", {shop} }} }}')

    write("tables { members: { hidden: true } }", "")
    server = await start("serve", "-c", config)
    write("", 'tables { items: { get: "nothing = 1" } }')
    await eventually(lambda: "the configuration is kept as it was" in server.text, lambda: server.text)
    assert (await server.http.get("/api/library/members")).status == 404
    write("", "tables { items: { hidden: true } }")
    await eventually(lambda: "databases.shop.tables.items.hidden: true" in server.text, lambda: server.text)
    assert [(await server.http.get(f"/api/{path}")).status for path in ("library/members", "shop/items")] == [200, 404]


async def test_a_mistake_is_told_once_however_often_other_files_change(start, library_db, tmp_path):
    config = tmp_path / "resdev.conf"
    config.write_text("log_level: info")
    server = await start("serve", library_db, "-c", config)
    config.write_text("log_levl: info")
    await eventually(lambda: server.text.count("did you mean") == 1, lambda: server.text)
    for number in range(20):
        (tmp_path / f"other-{number}").write_text("x")
    config.write_text("log_leve: info")
    await eventually(lambda: "log_leve" in server.text.replace("log_level", "").replace("log_levl", ""), lambda: server.text)
    assert server.text.count("the configuration is kept as it was") == 2


async def test_hidden_tables_and_columns_limits_and_sql_change_while_running(start, library_db, tmp_path):
    config = tmp_path / "resdev.conf"

    def write(body):
        config.write_text(f'databases {{ library {{ file: "{library_db}", {body} }} }}')

    write("tables { members: { hidden: true } }")
    server = await start("serve", "-c", config)
    assert (await server.http.get("/api/library/members")).status == 404
    write('tables { authors: { hide: [country] } }, limits { default_limit: 2, limit: 3 }, sql { one: "SELECT 1 AS one" }')
    await eventually(lambda: "default_limit: 2" in server.text, lambda: server.text)
    assert (await server.http.get("/api/library/members")).status == 200
    assert "country" not in (await server.http.get("/api/library/authors/1")).json()
    assert len((await server.http.get("/api/library/authors")).json()) == 2
    assert (await server.http.get("/api/library/authors?limit=4")).status == 400
    assert (await server.http.get("/api/library/$q/one")).json() == [{"one": 1}]
    # Nothing has changed: a signal says so.
    server.process.send_signal(signal.SIGHUP)
    await eventually(lambda: "the configuration has not changed" in server.text, lambda: server.text)


async def test_what_counts_at_the_start_alone_is_said_to(start, library_db, tmp_path):
    config = tmp_path / "resdev.conf"
    config.write_text(f'databases {{ library: "{library_db}" }}')
    server = await start("serve", "-c", config)
    config.write_text(f'port: 1, databases {{ library: "{library_db}" }}')
    await eventually(lambda: "counts from the next start on" in server.text, lambda: server.text)


async def test_without_a_file_a_hang_up_is_an_orderly_stop(start, library_db):
    server = await start("serve", library_db)
    await server.stop(signal.SIGHUP)


@pytest.mark.parametrize(
    "env, text, message",
    [
        ({"RESDEV_PORT": "eighty"}, "", "RESDEV_PORT is 'eighty', and a port from 0 to 65535 is wanted"),
        ({"RESDEV_LOG_LEVEL": "loud"}, "", "RESDEV_LOG_LEVEL is 'loud'"),
        ({}, "prot: 1", 'resdev.conf:1:1: unknown field "prot"; did you mean "port"?'),
        ({}, "databases { a: a.db", "resdev.conf:1:11: a map without its closing brace"),
        ({}, "broker { max_payloda: 1 }", "resdev.conf:1:10: unknown field \"max_payloda\"; did you mean \"max_payload\"?"),
        ({}, "gateway { putMethd: x }", "resdev.conf:1:11: unknown field \"putMethd\"; did you mean \"putMethod\"?"),
    ],
)
async def test_mistakes_are_told_with_their_place(tmp_path, library_db, env, text, message):
    config = tmp_path / "resdev.conf"
    config.write_text(text)
    for command in [["check"], ["serve", "--port", 0, "--nats-port", 0]]:
        ended = await run(command[0], library_db, *command[1:], "-c", config, env=env)
        assert ended.code == 1 and message.lower() in ended.stderr.lower(), ended.text


async def test_check_prints_every_field():
    ended = await run("check", "--fields")
    assert ended.code == 0 and "databases.NAME.auth.key_file" in ended.stdout and "RESDEV_PORT" in ended.stdout
