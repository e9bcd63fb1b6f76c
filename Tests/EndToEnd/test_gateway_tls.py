"""The gateway over TLS and with compression, with clients as people have them."""

import asyncio
import json
import socket
import ssl

import pytest
import websockets

from harness.process import run


@pytest.fixture
async def secure(start, nats_server, server_certificate):
    """A gateway with TLS and compression."""
    certificate, key = server_certificate
    return await start(
        "gateway", "--nats", nats_server.url, "--tls", "--tlscert", certificate, "--tlskey", key, "--wscompression"
    )


@pytest.fixture
async def service(nats_server, join):
    """A service with one model that has much to say."""
    return await join(nats_server.url, {
        "access.test.model": {"result": {"get": True, "call": "*"}},
        "get.test.model": {"result": {"model": {"text": "much the same " * 40}}},
    })


def place(server):
    host, port = server.ready["http"].split("://")[1].rsplit(":", 1)
    return host, int(port)


async def test_curl_reads_over_https(secure, service, authority):
    assert secure.ready["http"].startswith("https://") and secure.ready["ws"].startswith("wss://")
    url = f"https://localhost:{place(secure)[1]}/api/test/model"
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--cacert", authority.file, "--resolve", f"localhost:{place(secure)[1]}:127.0.0.1", url, url,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0, err
    assert out.decode().count("much the same") == 80
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", url, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 60, "curl trusts no unknown authority"


async def test_websockets_over_tls_with_compression(secure, service, authority):
    async with websockets.connect(
        f"wss://localhost:{place(secure)[1]}/", ssl=authority.context(), compression="deflate"
    ) as client:
        extensions = client.response.headers["Sec-WebSocket-Extensions"]
        assert extensions == "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        await client.send(json.dumps({"id": 1, "method": "version", "params": {"protocol": "1.2.3"}}))
        assert json.loads(await client.recv())["id"] == 1
        await client.send(json.dumps({"id": 2, "method": "subscribe.test.model"}))
        answer = json.loads(await client.recv())
        assert answer["result"]["models"]["test.model"]["text"].startswith("much the same")


async def test_a_plain_request_is_told_that_the_port_speaks_tls(secure):
    reader, writer = await asyncio.open_connection(*place(secure))
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert answer.endswith(b"Client sent an HTTP request to an HTTPS server.\n")
    writer.close()


async def test_half_open_handshakes_harm_nobody(secure, service, authority):
    stuck = []
    for number in range(300):
        connection = socket.create_connection(place(secure))
        connection.send([b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"][number % 3])
        stuck.append(connection)
    reader, writer = await asyncio.open_connection(*place(secure), ssl=authority.context(), server_hostname="localhost")
    writer.write(b"GET /api/test/model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 200 ")
    writer.close()
    for connection in stuck:
        connection.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_versions_of_tls_are_refused(secure):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection(place(secure)) as raw, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(raw)


@pytest.mark.parametrize("which", ["missing", "mismatched"])
async def test_what_is_wrong_with_the_files_is_said(nats_server, server_certificate, client_certificate, tmp_path, which):
    certificate, key = server_certificate
    if which == "missing":
        key = tmp_path / "nothing.pem"
    else:
        key = client_certificate[1]
    ended = await run(
        "gateway", "--nats", nats_server.url, "--port", 0, "--tls", "--tlscert", certificate, "--tlskey", key
    )
    assert ended.code != 0 and key.name in ended.text
    assert ("No such file" if which == "missing" else "does not belong") in ended.text


async def test_a_gateway_reaches_its_nats_server_over_tls(
    start, authority, server_certificate, client_certificate, tmp_path, nats_connect
):
    """A real nats-server that wants certificates; the gateway shows its own."""
    from harness.nats_server import NATSServer

    certificate, key = server_certificate
    folder = tmp_path / "secure-nats"
    folder.mkdir()
    configuration = folder / "nats.conf"
    configuration.write_text(
        f'tls {{ cert_file: "{certificate}", key_file: "{key}", ca_file: "{authority.file}", verify: true }}\n'
    )
    server = NATSServer(folder, "-c", configuration)
    try:
        await server.start()
        port = server.url.rsplit(":", 1)[1]
        options = [
            "--natsrootca", authority.file, "--natscert", client_certificate[0], "--natskey", client_certificate[1]
        ]
        gateway = await start("gateway", "--nats", f"tls://localhost:{port}", *options)
        nc = await nats_connect(f"tls://localhost:{port}", tls=authority.context(client_certificate))

        async def answer(message):
            await message.respond(json.dumps({"result": {"get": True}}).encode())

        async def model(message):
            await message.respond(json.dumps({"result": {"model": {"a": 1}}}).encode())

        await nc.subscribe("access.test.model", cb=answer)
        await nc.subscribe("get.test.model", cb=model)
        await nc.flush()
        response = await gateway.http.request("GET", "/api/test/model")
        assert response.status == 200 and response.json() == {"a": 1}
        ended = await run("gateway", "--nats", f"tls://localhost:{port}", "--port", 0)
        assert ended.code != 0 and "authority" in ended.text
    finally:
        await server.stop()
