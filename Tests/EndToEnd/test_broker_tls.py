"""TLS at the broker's TCP listener, with clients as people have them."""

import asyncio
import json
import socket
import ssl

import nats
import pytest

from harness.certificates import key_digest


@pytest.fixture
def start_broker(start, tmp_path, library_db):
    """Starts a server whose broker has a configuration; each names its TLS in its own words."""

    async def started(configuration):
        path = tmp_path / "resdev.conf"
        path.write_text(f"broker {{\n{configuration}\n}}\n")
        return await start("serve", library_db, "--config", path)

    return started


def tls_block(certificate, key, *more):
    lines = [f'cert_file: "{certificate}"', f'key_file: "{key}"', *more]
    return "tls {\n" + "\n".join(lines) + "\n}\n"


def address(server):
    host, port = server.nats.split("://")[1].rsplit(":", 1)
    return host, int(port)


async def info_line(server):
    reader, writer = await asyncio.open_connection(*address(server))
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    return json.loads(line.decode().removeprefix("INFO "))


async def round_trip(nc):
    """A request through the server and back."""
    async def answer(message):
        await message.respond(message.data[::-1])

    await nc.subscribe("tls.echo", cb=answer)
    reply = await nc.request("tls.echo", b"abc", timeout=5)
    assert reply.data == b"cba"


async def test_tls_begins_after_info(start_broker, server_certificate, authority, nats_connect):
    server = await start_broker(tls_block(*server_certificate))
    info = await info_line(server)
    assert info["tls_required"] is True and "tls_available" not in info and "tls_verify" not in info
    nc = await nats_connect(server.nats.replace("nats://", "tls://"), tls=authority.context())
    await round_trip(nc)
    large = b"x" * 1_000_000
    got = await nc.subscribe("large")
    await nc.publish("large", large)
    assert (await got.next_msg(5)).data == large


async def test_a_server_whose_authority_is_not_trusted_is_refused_by_the_client(
    start_broker, server_certificate, nats_connect
):
    server = await start_broker(tls_block(*server_certificate))
    with pytest.raises((ssl.SSLError, nats.errors.Error)):
        await nats_connect(server.nats.replace("nats://", "tls://"), tls=ssl.create_default_context())


@pytest.mark.parametrize("first", [b"CONNECT {}\r\nPING\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x00"])
async def test_a_plain_client_is_closed_without_a_word(start_broker, server_certificate, first):
    server = await start_broker(tls_block(*server_certificate))
    reader, writer = await asyncio.open_connection(*address(server))
    assert (await reader.readline()).startswith(b"INFO ")
    writer.write(first)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_client_that_does_not_begin_is_closed_in_time(start_broker, server_certificate):
    server = await start_broker(tls_block(*server_certificate, "timeout: 0.5"))
    reader, writer = await asyncio.open_connection(*address(server))
    assert (await reader.readline()).startswith(b"INFO ")
    writer.write(b"\x16\x03\x01")  # the start of a record, and then nothing
    try:
        assert await asyncio.wait_for(reader.read(), 3) == b""
    except ConnectionResetError:
        pass
    writer.close()


async def test_a_client_must_have_a_certificate_where_it_is_verified(
    start_broker, server_certificate, client_certificate, authority, nats_connect
):
    server = await start_broker(tls_block(*server_certificate, f'ca_file: "{authority.file}"', "verify: true"))
    assert (await info_line(server))["tls_verify"] is True
    url = server.nats.replace("nats://", "tls://")
    await round_trip(await nats_connect(url, tls=authority.context(client_certificate)))
    with pytest.raises((OSError, nats.errors.Error, asyncio.TimeoutError)):
        await nats_connect(url, tls=authority.context(), connect_timeout=2)


async def test_a_certificate_of_another_authority_is_refused(
    start_broker, server_certificate, authority, nats_connect, tmp_path
):
    from harness.certificates import Authority

    stranger = Authority(tmp_path / "stranger").issue("stranger")
    server = await start_broker(tls_block(*server_certificate, f'ca_file: "{authority.file}"', "verify: true"))
    with pytest.raises((OSError, nats.errors.Error, asyncio.TimeoutError)):
        await nats_connect(
            server.nats.replace("nats://", "tls://"), tls=authority.context(stranger), connect_timeout=2
        )


async def test_allow_non_tls_leaves_the_choice(start_broker, server_certificate, authority, nats_connect):
    server = await start_broker(tls_block(*server_certificate) + "allow_non_tls: true\n")
    info = await info_line(server)
    assert info["tls_available"] is True and "tls_required" not in info
    await round_trip(await nats_connect(server.nats))
    await round_trip(await nats_connect(server.nats.replace("nats://", "tls://"), tls=authority.context()))


@pytest.mark.parametrize("form", ["true", '"auto"', '"300ms"'])
async def test_tls_begins_before_info(start_broker, server_certificate, authority, nats_connect, form):
    server = await start_broker(tls_block(*server_certificate, f"handshake_first: {form}"))
    context = authority.context()
    await round_trip(
        await nats_connect(server.nats.replace("nats://", "tls://"), tls=context, tls_handshake_first=True)
    )
    if form == "true":
        reader, writer = await asyncio.open_connection(*address(server))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.4)
        writer.close()
    else:
        # Who waits for INFO gets it, and TLS after that.
        await round_trip(await nats_connect(server.nats.replace("nats://", "tls://"), tls=context))


async def test_only_pinned_keys_are_let_in(
    start_broker, server_certificate, client_certificate, authority, nats_connect
):
    digest = key_digest(client_certificate[0])
    server = await start_broker(tls_block(
        *server_certificate, f'ca_file: "{authority.file}"', "verify: true", f'pinned_certs: ["{digest}"]'
    ))
    url = server.nats.replace("nats://", "tls://")
    await round_trip(await nats_connect(url, tls=authority.context(client_certificate)))
    other = authority.issue("other")
    with pytest.raises((OSError, nats.errors.Error, asyncio.TimeoutError)):
        await nats_connect(url, tls=authority.context(other), connect_timeout=2)


async def test_a_version_below_the_least_is_refused(start_broker, server_certificate, authority):
    server = await start_broker(tls_block(*server_certificate, "handshake_first: true", 'min_version: "1.3"'))
    context = authority.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(address(server)) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="localhost")
    with socket.create_connection(address(server)) as raw:
        with authority.context().wrap_socket(raw, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3"
            assert secured.recv(5) == b"INFO "


async def test_openssl_s_client_speaks_nats(start_broker, server_certificate, authority):
    server = await start_broker(tls_block(*server_certificate, "handshake_first: true"))
    host, port = address(server)
    process = await asyncio.create_subprocess_exec(
        "openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", authority.file, "-verify_return_error", "-quiet",
        "-servername", "localhost",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )
    process.stdin.write(b"CONNECT {\"verbose\":false}\r\nPING\r\n")
    assert (await process.stdout.readline()).startswith(b"INFO ")
    assert await process.stdout.readline() == b"PONG\r\n"
    process.kill()
    await process.wait()


async def test_what_is_wrong_with_the_files_is_said(tmp_path, library_db, server_certificate, client_certificate):
    from harness.process import run

    path = tmp_path / "resdev.conf"
    for certificate, key, words in [
        (tmp_path / "missing.pem", server_certificate[1], ("missing.pem", "No such file")),
        (server_certificate[0], client_certificate[1], (client_certificate[1].name, "does not belong")),
        (path, server_certificate[1], (path.name, "certificate")),
    ]:
        path.write_text("broker {\n" + tls_block(certificate, key) + "}\n")
        ended = await run("serve", library_db, "--config", path, "--port", 0, "--nats-port", 0)
        assert ended.code != 0
        assert all(word in ended.text for word in words), ended.text


async def test_the_certificate_says_which_user_it_is(
    start_broker, server_certificate, client_certificate, authority, nats_connect
):
    """verify_and_map: the e-mail address in the client's certificate is the name of a user, with its permissions."""
    server = await start_broker(
        tls_block(*server_certificate, f'ca_file: "{authority.file}"', "verify_and_map: true")
        + 'authorization { users: [ { user: "ann@example.com", permissions: { subscribe: "allowed" } } ] }\n'
    )
    url = server.nats.replace("nats://", "tls://")
    errors = []

    async def note(error):
        errors.append(str(error).lower())

    nc = await nats_connect(url, tls=authority.context(client_certificate), error_cb=note)
    got = await nc.subscribe("allowed")
    await nc.subscribe("forbidden")
    await nc.publish("allowed", b"1")
    assert (await got.next_msg(5)).data == b"1"
    await nc.flush()
    assert any('permissions violation for subscription to "forbidden"' in error for error in errors)
    nobody = authority.issue("nobody", names="email:bob@example.com")
    with pytest.raises((OSError, nats.errors.Error, asyncio.TimeoutError)):
        await nats_connect(url, tls=authority.context(nobody), connect_timeout=2)
