"""The binary under the name nats-server: its flags, its log, its files, its exit status."""

import json
import os
import re
import signal

import pytest

from harness import broker as brokers
from harness.broker import Broker, RawClient, run
from harness.deadline import eventually
from harness.process import run as run_resdev

LINE = r"\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[(TRC|DBG|INF|WRN|ERR|FTL)\] "


@pytest.fixture
def program(tmp_path):
    return brokers.ours(tmp_path)


@pytest.fixture
def start_broker(resources, tmp_path, program):
    count = 0

    async def started(*arguments, **options):
        nonlocal count
        count += 1
        broker = Broker(program, tmp_path / f"broker-{count}", *arguments)
        resources.push_async_callback(broker.stop)
        return await broker.start(**options)

    return started


async def test_it_says_where_it_listens_and_that_it_is_ready(start_broker):
    broker = await start_broker("-n", "here")
    await broker.logged(r"Server is ready")
    lines = broker.log.splitlines()
    assert all(re.match(LINE, line) for line in lines), broker.log
    assert all(line.startswith(f"[{broker.pid}] ") for line in lines)
    host, port = broker.address
    assert f"[INF] Listening for client connections on {host}:{port}" in broker.log
    assert f"[INF] Starting http monitor on {broker.monitoring.split('://')[1]}" in broker.log
    assert re.search(r"\[INF\] +Name: +here", broker.log)
    assert lines[-1].endswith("[INF] Server is ready")


async def test_the_ports_file_names_the_listeners_and_goes_with_it(start_broker):
    broker = await start_broker()
    (file,) = broker.folder.glob("*.ports")
    assert file.name == f"nats-server_{broker.pid}.ports"
    assert set(broker.ports) == {"nats", "monitoring"}
    assert RawClient(broker.address).info["port"] == broker.address[1]
    assert (await broker.get("/healthz"))[0] == 200
    await broker.stop()
    assert not file.exists()


async def test_the_PID_file(start_broker, tmp_path):
    broker = await start_broker("-P", tmp_path / "pid")
    assert int((tmp_path / "pid").read_text()) == broker.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_that_stop_it(start_broker, number):
    broker = await start_broker()
    client = RawClient(broker.address)
    broker.send(number)
    assert await broker.ended() == 0
    assert "-ERR" not in client.rest()
    name = {signal.SIGINT: "interrupt", signal.SIGTERM: "terminated"}[number]
    assert f'[INF] Trapped "{name}" signal' in broker.log
    assert "[INF] Initiating Shutdown..." in broker.log
    assert broker.log.endswith("[INF] Server Exiting..\n")


async def test_the_log_goes_to_a_file_which_is_opened_anew_on_SIGUSR1(start_broker, tmp_path):
    log = tmp_path / "b.log"
    broker = await start_broker("-l", log)
    assert "Server is ready" in log.read_text() and broker.log == ""
    log.rename(tmp_path / "old.log")
    broker.send(signal.SIGUSR1)
    await eventually(lambda: log.exists() and "File log re-opened" in log.read_text(), "the file is opened anew")
    await broker.stop()
    assert "Server Exiting.." in log.read_text()
    assert "Server Exiting.." not in (tmp_path / "old.log").read_text()


async def test_a_log_file_that_has_become_large_is_put_aside(start_broker, tmp_path):
    log = tmp_path / "b.log"
    broker = await start_broker("-l", log, "--log_size_limit", 400)
    await broker.stop()
    backups = sorted(tmp_path.glob("b.log.*"))
    assert backups, log.read_text()
    assert f'Rotated log, backup saved as "{backups[0]}"' in "".join(f.read_text() for f in [*backups, log])


async def test_users_and_tokens_of_the_command_line(start_broker):
    broker = await start_broker("--user", "ann", "--pass", "secret")
    assert RawClient(broker.address, user="ann", **{"pass": "secret"}).info["auth_required"]
    with pytest.raises(ConnectionError, match="Authorization Violation"):
        RawClient(broker.address, user="ann", **{"pass": "wrong"})
    broker = await start_broker("-auth", "t0ken")
    RawClient(broker.address, auth_token="t0ken")
    with pytest.raises(ConnectionError, match="Authorization Violation"):
        RawClient(broker.address)


async def test_what_it_does_not_do_is_warned_of(start_broker):
    broker = await start_broker("-js", "--cluster", "nats://127.0.0.1:-1", "--cluster_name", "c")
    assert re.search(r"\[WRN\] JetStream .*core NATS", broker.log)
    assert re.search(r"\[WRN\] clusters .*core NATS", broker.log)


async def test_lame_duck_mode(start_broker, tmp_path):
    (tmp_path / "b.conf").write_text(
        'listen: "127.0.0.1:-1"\nlame_duck_duration: "30s"\nlame_duck_grace_period: "1s"\nhttp: "127.0.0.1:-1"\n')
    broker = await start_broker("-c", tmp_path / "b.conf")
    one, two, old = RawClient(broker.address), RawClient(broker.address), RawClient(broker.address, protocol=0)
    one.until("}")
    two.until("}")
    broker.send(signal.SIGUSR2)
    for client in (one, two):
        assert json.loads(client.until("}", 5).split("INFO ")[1])["ldm"] is True
    with pytest.raises(ConnectionRefusedError):
        RawClient(broker.address)
    assert (await broker.get("/healthz"))[0] == 503
    broker.send(signal.SIGTERM)
    assert "ldm" not in old.rest(20)
    one.rest(20)
    two.rest(20)
    assert await broker.ended(5) == 0
    assert 'Trapped "user defined signal 2" signal' in broker.log


async def test_lame_duck_mode_without_clients_ends_it_at_once(start_broker):
    broker = await start_broker()
    broker.send(signal.SIGUSR2)
    assert await broker.ended() == 0


async def test_signals_are_sent_by_the_program_itself(start_broker, program, tmp_path):
    broker = await start_broker("-P", tmp_path / "pid")
    sent = await run(program, "-sl", f"reopen={broker.pid}")
    assert (sent.code, sent.text) == (0, "")
    await broker.logged("File log re-open ignored, not a file logger")
    sent = await run(program, "--signal", f"quit={tmp_path / 'pid'}")
    assert sent.code == 0
    assert await broker.ended() == 0
    sent = await run(program, "-sl", f"quit={broker.pid}")
    assert sent.code == 1 and "no such process" in sent.stderr


ENDINGS = [
    (["-v"], 0), (["--version"], 0), (["version"], 0), (["--bogus"], 0), (["-p", "x"], 0), (["-p"], 0), (["foo"], 1),
    (["-D=x"], 0), (["-c", "missing/x.conf"], 1), (["-t"], 1), (["--tls"], 1), (["--tls", "--tlscert", "x"], 1),
    (["--routes", "nats://h:1"], 1), (["-sl", "stop=a"], 1), (["--", "-p"], 1), (["-a", "198.51.100.1", "-p", "-1"], 1),
]


@pytest.mark.parametrize("arguments, code", ENDINGS)
async def test_runs_that_end_at_once_end_as_those_of_the_real_one(program, arguments, code, tmp_path):
    """Exit status and stream are the same, and the first line of standard error where it is about the arguments."""
    expected = await run(brokers.oracle(), *arguments, cwd=tmp_path)
    actual = await run(program, *arguments, cwd=tmp_path)
    assert expected.code == actual.code == code, (expected.text, actual.text)
    assert bool(expected.stdout) == bool(actual.stdout)

    def last(text):
        text = re.sub(r"^(\[\d+\] )?\d{4}/\d\d/\d\d [\d:.]+ |^nats-server: ", "", text.strip().splitlines()[-1])
        return re.sub(r":-1\b|:0\b", ":PORT", text)

    if expected.stderr:
        assert last(actual.stderr) == last(expected.stderr)


@pytest.mark.parametrize("flag, text", [
    ("-l", "open {}: no such file or directory"), ("-P", "Could not write pidfile: ")])
async def test_a_file_that_cannot_be_written_ends_it(program, flag, text, tmp_path):
    file = tmp_path / "missing" / "file"
    ended = await run(program, flag, file, "-p", "-1", "-a", "127.0.0.1")
    assert ended.code == 1 and text.format(file) in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("flag", ["-h", "--help", "help"])
async def test_the_usage_names_every_flag_of_the_real_one(program, flag):
    def flags(text):
        return set(re.findall(r"(?<![\w-])-{1,2}[A-Za-z_]+", text)) - {"-rw"}

    expected, actual = await run(brokers.oracle(), flag), await run(program, flag)
    assert actual.code == expected.code == 0
    missing = {name.lstrip("-") for name in flags(expected.stdout)} - {name.lstrip("-") for name in flags(actual.stdout)}
    assert missing <= {"s", "r", "syslog", "remote_syslog"}, missing


async def test_a_configuration_file_is_checked(program, tmp_path):
    good, bad = tmp_path / "good.conf", tmp_path / "bad.conf"
    good.write_text('port: 4222\nauthorization { user: a, password: "b" }\n')
    bad.write_text("port: 4222\nfoo: bar\n")
    checked = await run(program, "-t", "-c", good)
    assert checked.code == 0
    assert re.fullmatch(rf"nats-server: configuration file {good} is valid \(sha256:[0-9a-f]{{64}}\)\n", checked.stderr)
    checked = await run(program, "-t", "-c", bad)
    assert checked.code == 1
    assert re.match(rf"nats-server: {bad}:2:\d+: .*foo", checked.stderr)
    bad.write_text(f'tls {{ cert_file: "{tmp_path}/none.pem", key_file: "{tmp_path}/none.pem" }}\n')
    checked = await run(program, "-t", "-c", bad)
    assert checked.code == 1 and "none.pem" in checked.stderr


async def test_a_host_that_is_not_known_is_said(program):
    ended = await run(program, "-a", "no.such.host.invalid", "-p", "-1")
    assert ended.code == 1
    assert 'Error listening on port: no.such.host.invalid:0, "listen tcp: lookup no.such.host.invalid: no such host"' \
        in ended.stderr


async def test_resdev_broker_takes_the_same_flags(start, tmp_path):
    server = await start("broker", "-n", "mine", "-m", -1, "-P", tmp_path / "pid")
    assert RawClient(("127.0.0.1", int(server.nats.rsplit(":", 1)[1]))).info["server_name"] == "mine"
    assert int((tmp_path / "pid").read_text()) == server.process.pid
    assert re.search(r"monitoring http://127\.0\.0\.1:\d+", server.stdout)


async def test_resdev_broker_says_what_is_wrong_with_its_arguments():
    ended = await run_resdev("broker", "--bogus")
    assert ended.code == 64 and "-bogus" in ended.stderr and "resdev broker --help" in ended.stderr
    ended = await run_resdev("broker", "--log-level", "loud")
    assert ended.code == 1 and "loud" in ended.stderr
    ended = await run_resdev("broker", "--help")
    assert ended.code == 0 and "--ready-file" in ended.stdout and "--ports_file_dir" in ended.stdout


async def test_without_a_configuration_file_there_is_nothing_to_reload(start_broker):
    broker = await start_broker()
    broker.send(signal.SIGHUP)
    await broker.logged(r"\[ERR\] Failed to reload server configuration: can only reload config when a file is provided")
    os.kill(broker.pid, 0)
