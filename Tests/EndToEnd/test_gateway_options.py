"""The options of a gateway alone: Resgate's, under `resdev gateway` and under the name `resgate`."""

import asyncio
import json
import re
import signal
import socket

import pytest

from harness import process
from harness.deadline import eventually
from harness.http_client import HTTPClient
from harness.process import Ended, environment, run
from harness.res_client import RESClient
from harness.service import OPEN, collection, model


@pytest.fixture
def port():
    """A port that was free a moment ago, for options that take no other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    return number


@pytest.fixture
async def gateway(start, nats_server):
    async def started(*options):
        return await start("gateway", "--nats", nats_server.url, *options)

    return started


@pytest.fixture
async def service(join, nats_server):
    return await join(nats_server.url, {
        "access.test.>": OPEN, "get.test.model": model(n=1, child={"rid": "test.child"}), "get.test.child": model(c=2),
        "call.test.model.*": {"result": None},
    })


async def test_web_resources_may_lie_elsewhere_and_be_flat(gateway, service):
    server = await gateway("-a", "/rest", "-w", "/socket", "--apiencoding", "jsonFlat")
    assert (await server.http.get("/rest/test/model")).json() == {"n": 1, "child": {"c": 2}}
    assert (await server.http.get("/api/test/model")).status == 404
    assert server.ws.endswith("/socket")
    client = await RESClient.connect(server.ws)
    assert await client.subscribe("test.model")
    await client.close()


async def test_only_the_origins_that_are_named_may_use_it(gateway, service):
    server = await gateway("--alloworigin", "https://a.example", "--alloworigin", "http://b.example:81")
    allowed = await server.http.get("/api/test/model", Origin="http://b.example:81")
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (200, "http://b.example:81")
    assert (await server.http.get("/api/test/model", Origin="https://c.example")).status == 403


async def test_requests_and_handshakes_may_be_authenticated_by_their_headers(gateway, service):
    seen = []

    async def login(request):
        seen.append(request)
        await service.publish(f"conn.{request['cid']}.token", {"token": {"user": request["header"]["X-User"][0]}})
        return {"result": None}

    await service.on("auth.login.*", login)
    server = await gateway("-u", "login.http", "-t", "login.ws")
    assert (await server.http.get("/api/test/model", **{"X-User": "ann"})).status == 200
    assert service.asked("access.test.model")[-1]["token"] == {"user": "ann"}
    client = await RESClient.connect(server.ws, additional_headers={"X-User": "bea"})
    await client.subscribe("test.model")
    assert service.asked("access.test.model")[-1]["token"] == {"user": "bea"}
    await client.close()
    assert [subject for subject, _ in service.requests if subject.startswith("auth")] == [
        "auth.login.http", "auth.login.ws"]


async def test_the_timeout_of_requests_counts_as_seconds_up_to_ten(gateway, service):
    await service.on("access.slow.model", None)
    for option, least, most in (("50", 0.05, 0.9), ("1", 1.0, 1.9)):
        server = await gateway("-r", option)
        started = asyncio.get_running_loop().time()
        answer = await server.http.get("/api/slow/model")
        took = asyncio.get_running_loop().time() - started
        assert (answer.status, answer.code) == (404, "system.timeout")
        assert least <= took < most


async def test_throttles_let_a_few_requests_pass_at_a_time(gateway, service, connect):
    under_way, most, asked, tasks = 0, 0, 0, []

    async def answer(msg):
        nonlocal under_way, most, asked
        under_way, asked = under_way + 1, asked + 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        await msg.respond(json.dumps(model(n=asked)).encode())

    async def take(msg):
        tasks.append(asyncio.create_task(answer(msg)))

    await service.nc.subscribe("get.test.items.*", cb=take)
    await service.on("get.test.list", collection(*({"rid": f"test.items.{n}"} for n in range(30))))
    client = await connect(await gateway("--resetthrottle", "4", "--referencethrottle", "3"))
    await client.subscribe("test.list")
    assert (most, asked) == (3, 30)
    most = 0
    await service.publish("system.reset", {"resources": ["test.items.>"]})
    await eventually(lambda: asked == 60 and not under_way, "everything is asked for anew")
    assert most == 4


async def test_metrics_have_a_port_of_their_own(gateway, service, connect, port):
    server = await gateway("-m", str(port))
    metrics = HTTPClient(server.ready["metrics"].removesuffix("/metrics"))
    client = await connect(server)
    await client.subscribe("test.model")
    await server.http.get("/api/test/model")
    await server.http.post("/api/test/model/set")
    answer = await metrics.get("/metrics")
    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    lines = answer.body.decode().splitlines()
    for line in ("resgate_ws_current_connections 1", "resgate_ws_connections_total 1",
                 'resgate_ws_requests_total{method="subscribe"} 1', 'resgate_http_requests_total{method="GET"} 1',
                 'resgate_http_requests_total{method="POST"} 1', "resgate_cache_resources 2",
                 "resgate_cache_subscriptions 2"):
        assert line in lines, line
    assert lines[-1] == "# EOF"
    assert (await metrics.get("/api/test/model")).status == 404


async def test_a_file_holds_the_same_settings_and_the_command_line_goes_before(gateway, service, tmp_path):
    file = tmp_path / "gateway.conf"
    file.write_text('# comments are fine\napiPath: "/rest"\nputMethod: set, patchMethod: set\nport: 1\n')
    server = await gateway("-c", file, "--patchmethod", "")
    assert (await server.http.get("/rest/test/model")).status == 200
    assert (await server.http.put("/rest/test/model", {})).status == 204
    assert (await server.http.patch("/rest/test/model", {})).status == 405


@pytest.mark.parametrize("options, said", [
    (["--addr", "localhost"], "addr"), (["--headauth", "login"], "headerAuth"), (["--putmethod", "a.b"], "putMethod"),
    (["--alloworigin", "example.com"], "allowOrigin"), (["--apiencoding", "xml"], "apiEncoding"),
    (["--metricsport", "70000"], "metrics port"), (["--creds", "/none.creds"], "/none.creds"),
    (["--nkey", "/none.nk"], "/none.nk"), (["--user", "ann"], "--password"), (["--token", "a", "--creds", "b"], "exclude"),
    (["-c", "/dev/null/x"], "config"), (["--reqtimeout=-5"], "requestTimeout"),
])
async def test_a_wrong_setting_is_one_clear_error(nats_server, options, said):
    ended = await run("gateway", "--nats", nats_server.url, "--port", "0", *options)
    assert ended.code != 0
    assert said in ended.stderr, ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 4, ended.stderr


# Under the name of Resgate


class Resgate:
    """The program under the name `resgate`, on a port that was free."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.process = None

    async def run(self, *arguments):
        process = await asyncio.create_subprocess_exec(
            self.program, *map(str, arguments), env=environment(), cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        stdout, stderr = await asyncio.wait_for(process.communicate(), 10)
        return Ended(process.returncode, stdout.decode(), stderr.decode())

    async def start(self, *arguments):
        with open(self.folder / "stderr", "wb") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                self.program, *map(str, arguments), env=environment(), cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=stderr)
        await eventually(lambda: "Server ready" in self.text or self.process.returncode is not None, lambda: self.text)
        assert self.process.returncode is None, self.text
        return self

    @property
    def text(self):
        return (self.folder / "stderr").read_text()

    async def stop(self, number=signal.SIGTERM):
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)
            return await asyncio.wait_for(self.process.wait(), 5)


@pytest.fixture
async def resgate(tmp_path, resources):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "resgate").symlink_to(process.binary())
    resgate = Resgate(folder / "resgate", folder)
    resources.push_async_callback(resgate.stop)
    return resgate


@pytest.mark.parametrize("arguments", [["--nosuchflag"], ["-nosuchflag=1"], ["-p"], ["-D=perhaps"]])
async def test_resgate_shows_its_usage_for_a_flag_it_does_not_know_and_ends_with_0(resgate, arguments):
    ended = await resgate.run(*arguments)
    assert ended.code == 0
    assert "Usage: resgate [options]" in ended.stdout and "--referencethrottle" in ended.stdout


async def test_resgate_tells_its_version_and_usage(resgate):
    for flag in ("-v", "--version", "-version"):
        ended = await resgate.run(flag)
        assert (ended.code, ended.stdout.split()) == (0, ["resgate", "v1.8.0", "protocol", "v1.2.3"])
    ended = await resgate.run("-help")
    assert ended.code == 0 and "Usage: resgate [options]" in ended.stdout


async def test_resgate_writes_a_config_file_that_is_missing_with_its_flags(resgate, nats_server, port, join):
    await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    await resgate.start("-c", "new.json", "-nats", nats_server.url, "--addr=127.0.0.1", "-p", port)
    text = (resgate.folder / "new.json").read_text()
    written = json.loads(text)
    assert (written["natsUrl"], written["port"], written["addr"]) == (nats_server.url, port, "127.0.0.1")
    assert (written["requestTimeout"], written["bufferSize"], written["natsRootCAs"]) == (3000, 8192, [])
    assert (written["headerAuth"], written["certFile"], written["allowOrigin"]) == (None, "", "*")
    assert text.startswith('{\n\t"natsUrl": ')
    http = HTTPClient(f"http://127.0.0.1:{port}")
    assert (await http.get("/api/test/model")).json() == {"n": 1}
    assert await resgate.stop() == 0
    await resgate.start("--config=new.json", "--apipath", "/rest")
    assert (await http.get("/rest/test/model")).json() == {"n": 1}
    assert await resgate.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
async def test_resgate_ends_in_order_at_every_signal_that_resgate_takes(resgate, nats_server, port, number):
    await resgate.start("-n", nats_server.url, "-i", "127.0.0.1", "-p", port)
    assert await resgate.stop(number) == 0


async def test_resgate_logs_as_resgate_does(resgate, nats_server, port, join):
    await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    await resgate.start("-DV", "-n", nats_server.url, "-i", "127.0.0.1", "-p", port)
    client = await RESClient.connect(f"ws://127.0.0.1:{port}/")
    await client.subscribe("test.model")
    await client.close()
    await resgate.stop()
    lines = resgate.text.splitlines()
    form = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[(INF|DBG|TRC|ERR)\] .+")
    assert all(form.fullmatch(line) for line in lines), lines
    for part in ("Starting resgate version 1.8.0", f"Listening on http://127.0.0.1:{port}", "Server ready",
                 "Stopping server...", "Server stopped"):
        assert any(f"[INF] {part}" in line for line in lines), part
    trace = [line.partition("[TRC] ")[2] for line in lines if "[TRC]" in line]
    cid = re.match(r"\[(\w{20})\] Connected: 127\.0\.0\.1:\d+", next(line for line in trace if "Connected" in line))[1]
    for expected in (rf"\[{cid}\] --> .*subscribe\.test\.model.*", rf"\[{cid}\] <-- .*\"n\":1.*",
                     r"S=> event\.test\.model\.\*", r"<== \(\w{6}\) access\.test\.model: .*",
                     r"<== \(\w{6}\) get\.test\.model: \{\}", r"==> \(\w{6}\): .*\"model\".*",
                     rf"\[{cid}\] Disconnected.*"):
        assert any(re.fullmatch(expected, line) for line in trace), (expected, trace)


async def test_resgate_ends_with_1_when_it_loses_its_nats_server(resgate, nats_server, port):
    await resgate.start("-n", nats_server.url, "-i", "127.0.0.1", "-p", port)
    client = await RESClient.connect(f"ws://127.0.0.1:{port}/")
    await nats_server.kill()
    await client.closed()
    assert await asyncio.wait_for(resgate.process.wait(), 5) == 1


@pytest.mark.parametrize("arguments, said", [
    (["--headauth", "login"], "headerAuth"), (["-i", "localhost"], "addr"), (["--alloworigin", ""], "allowOrigin"),
    (["-p", "70000"], "port"), (["-n", "nats://127.0.0.1:1"], "127.0.0.1:1"), (["-c", "broken.json"], "broken.json:2"),
])
async def test_resgate_ends_with_1_for_a_setting_that_is_not_valid(resgate, nats_server, arguments, said):
    (resgate.folder / "broken.json").write_text('{\n"port": "x"}')
    ended = await resgate.run("-n", nats_server.url, *arguments)
    assert ended.code == 1
    assert said in ended.stderr, ended.stderr


async def test_resgate_takes_a_timeout_up_to_ten_as_seconds_and_says_so(resgate, nats_server, port):
    await resgate.start("-n", nats_server.url, "-i", "127.0.0.1", "-p", port, "-r", "3")
    assert "[DEPRECATED]" in resgate.text and "3000" in resgate.text
