"""Access rules and login, as `resdev.conf` has them, over the gateway of the same process."""

import asyncio
import http.client
import json
import subprocess
import sqlite3

import pytest

from harness.certificates import Authority
from harness.deadline import eventually
from harness.process import binary, environment, run
from harness.res_client import RESClient, RESError

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE NOT NULL, password TEXT NOT NULL, role TEXT NOT NULL);
CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users, text TEXT NOT NULL);
INSERT INTO users VALUES (7, 'ada@example.com', :hash, 'author'), (8, 'bob@example.com', :hash, 'admin');
INSERT INTO notes VALUES (1, 7, 'of ada'), (2, 8, 'of bob');
"""

CONFIG = """
databases {
  diary {
    file: diary.db
    tables {
      users { get: "id = :token.sub OR :token.role = 'admin'", call: ":token.role = 'admin'" }
      notes { get: "owner = :token.sub", call: "owner = :token.sub" }
    }
    auth { table: users, user: email, password: password, claims: [role], attempts: 3 }
  }
}
"""


@pytest.fixture(scope="session")
def password_hash(tmp_path_factory):
    made = subprocess.run([binary(), "passwd"], input="secret\n", text=True, capture_output=True, check=True, env=environment())
    return made.stdout.strip()


@pytest.fixture
def diary(tmp_path, password_hash):
    folder = tmp_path / "diary"
    folder.mkdir()
    database = sqlite3.connect(folder / "diary.db")
    database.executescript("PRAGMA journal_mode = WAL;" + SCHEMA.replace(":hash", f"'{password_hash}'"))
    database.close()
    (folder / "resdev.conf").write_text(CONFIG)
    return folder


def outside(folder, statement):
    database = sqlite3.connect(folder / "diary.db", timeout=5)
    with database:
        database.execute(statement)
    database.close()


async def login(client, user="ada@example.com", password="secret"):
    return await client.auth("diary.$auth", "login", {"user": user, "password": password})


async def denied(awaitable):
    with pytest.raises(RESError) as failure:
        await awaitable
    assert failure.value.code == "system.accessDenied"
    return failure.value.message


async def test_what_a_login_opens_is_its_own_alone(start, diary, connect):
    server = await start("serve", "-c", diary / "resdev.conf")
    client = await connect(server)
    await denied(client.subscribe("diary.notes.1"))
    await denied(client.subscribe("diary.notes?owner=7"))
    answer = await login(client)
    assert answer["user"] == {"rid": "diary.users.7"}
    assert (await client.subscribe("diary.notes.1"))["text"] == "of ada"
    await client.subscribe("diary.notes?owner=7")
    assert client.keys("diary.notes?owner=7") == ["1"]
    await denied(client.subscribe("diary.notes.2"))
    await denied(client.subscribe("diary.notes"))
    assert "password" not in await client.subscribe("diary.users.7")
    await denied(client.call("diary.notes.2", "set", {"text": "mine"}))
    await denied(client.call("diary.notes", "new", {"owner": 8, "text": "forged"}))
    await denied(client.call("diary", "batch", [{"rid": "diary.notes.2", "method": "delete"}]))
    assert (await client.call("diary.notes", "new", {"owner": 7, "text": "new"})).startswith("diary.notes.")
    await client.auth("diary.$auth", "logout")
    await client.until(lambda: ("diary.notes.1", "unsubscribe") in [(rid, name) for rid, name, _ in client.events])


async def test_http_takes_the_token_as_bearer(start, diary):
    web = (await start("serve", "-c", diary / "resdev.conf")).http
    assert (await web.get("/api/diary/notes/1")).status == 401
    answer = await web.post("/api/diary/$auth/login", {"user": "ada@example.com", "password": "secret"})
    assert answer.status == 200
    token = answer.json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await web.get("/api/diary/notes/1", **bearer)).json()["text"] == "of ada"
    assert (await web.get("/api/diary/notes?owner=7", **bearer)).status == 200
    assert (await web.get("/api/diary/notes/2", **bearer)).status == 401
    forged = await web.get("/api/diary/notes/1", Authorization=f"Bearer {token[:-2]}xx")
    assert forged.status == 401 and "invalid_token" in forged.headers["WWW-Authenticate"]
    renewed = await web.post("/api/diary/$auth/renew", {"token": token})
    assert renewed.status == 200
    # A new password ends every token, also for who only sends it along.
    outside(diary, "UPDATE users SET password = 'none' WHERE id = 7")
    assert (await web.get("/api/diary/notes/1", **bearer)).status == 401


async def test_a_websocket_is_authenticated_by_its_handshake(start, diary, connect):
    server = await start("serve", "-c", diary / "resdev.conf")
    token = (await server.http.post("/api/diary/$auth/login", {"user": "bob@example.com", "password": "secret"})).json()["token"]
    client = await connect(server, additional_headers={"Authorization": f"Bearer {token}"})
    assert (await client.subscribe("diary.notes.2"))["text"] == "of bob"


@pytest.mark.parametrize("claim_changes_before", [True, False])
async def test_access_is_revoked_the_moment_the_password_changes(start, diary, connect, claim_changes_before):
    server = await start("serve", "-c", diary / "resdev.conf")
    admin, client = await connect(server), await connect(server)
    await login(admin, "bob@example.com")
    await login(client)
    await client.subscribe("diary.notes.1")
    if claim_changes_before:
        # A claim alone changes what the token says, and ends nothing.
        await admin.call("diary.users.7", "set", {"role": "reader"})
        await client.subscribe("diary.users.7")
        assert client["diary.users.7"]["role"] == "reader"
    outside(diary, "UPDATE users SET password = 'changed' WHERE id = 7")
    await client.until(lambda: ("diary.notes.1", "unsubscribe") in [(rid, name) for rid, name, _ in client.events])
    await denied(client.subscribe("diary.notes.1"))


async def test_a_row_that_changes_hands_is_taken_from_who_had_it(start, diary, connect):
    server = await start("serve", "-c", diary / "resdev.conf")
    client = await connect(server)
    await login(client)
    await client.subscribe("diary.notes.1")
    outside(diary, "UPDATE notes SET owner = 8, text = 'not for ada' WHERE id = 1")
    await client.until(lambda: ("diary.notes.1", "unsubscribe") in [(rid, name) for rid, name, _ in client.events])
    assert "not for ada" not in json.dumps(client.received)


async def test_guessing_passwords_is_slowed_down(start, diary, connect):
    server = await start("serve", "-c", diary / "resdev.conf")
    client = await connect(server)
    for _ in range(3):
        assert "wrong" in await denied(login(client, password="guess"))
    with pytest.raises(RESError) as failure:
        await login(client)
    assert failure.value.code == "system.tooManyRequests"


async def test_a_refusal_explains_itself_in_the_debug_log(start, diary):
    server = await start("serve", "-c", diary / "resdev.conf", "--log-level", "debug")
    await server.http.get("/api/diary/notes/1")
    line = next(line for line in server.text.splitlines() if "access refused" in line)
    for part in ["diary.notes.1", "owner = :token.sub", "resdev.conf:7:", "owner = 7", ":token.sub = NULL"]:
        assert part in line, line


async def test_rules_are_read_anew_while_running_and_the_last_good_ones_kept(start, diary, connect):
    server = await start("serve", "-c", diary / "resdev.conf")
    client = await connect(server)
    await login(client)
    await client.subscribe("diary.notes.1")
    await client.subscribe("diary.notes?owner=7")
    config = diary / "resdev.conf"
    config.write_text(CONFIG.replace("notes { get: \"owner = :token.sub\"", "notes { get: \"ownr = :token.sub\""))
    await eventually(lambda: "did you mean owner?" in server.text, "the mistake is told")
    assert f"{config}:7:" in server.text
    assert "kept as it was" in server.text
    other = await connect(server)
    await login(other)
    assert (await other.subscribe("diary.notes.1"))["text"] == "of ada"
    config.write_text(CONFIG.replace("notes { get: \"owner = :token.sub\"", "notes { get: false"))
    await client.until(lambda: {"diary.notes.1", "diary.notes?owner=7"} <= {rid for rid, name, _ in client.events if name == "unsubscribe"})
    await eventually(lambda: "databases.diary.tables.notes.get: owner = :token.sub → false" in server.text, lambda: server.text)
    await denied(client.subscribe("diary.notes.1"))


async def test_an_open_server_without_rules_warns(start, diary):
    server = await start("serve", diary / "diary.db", "--addr", "0.0.0.0")
    assert "everybody who reaches this machine can read and change" in server.text


async def test_check_tells_what_will_be_served(diary):
    ended = await run("check", "-c", diary / "resdev.conf")
    assert ended.code == 0, ended.text
    assert "get if owner = :token.sub" in ended.stdout and "auth.diary.$auth.login" in ended.stdout
    assert not (diary / "diary.db.token-key").exists()


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("owner = :token.sub\", call", "owner == tokn\", call", "resdev.conf:7:30: no such column: tokn"),
        ("tables {", "tabels {", "resdev.conf:5:5: unknown field \"tabels\"; did you mean \"tables\"?"),
        ("table: users", "table: user", "auth: there is no table \"user\"; did you mean users?"),
        ("notes {", "note {", "there is no table or view \"note\"; did you mean notes?"),
        ("claims: [role]", "claims: [rol]", "auth: there is no column \"rol\"; did you mean role?"),
        ("file: diary.db", "file: none.db", "none.db: there is no such file"),
    ],
)
async def test_check_refuses_what_is_wrong_with_its_place(diary, old, new, message):
    (diary / "resdev.conf").write_text(CONFIG.replace(old, new, 1))
    ended = await run("check", "-c", diary / "resdev.conf")
    assert ended.code == 1
    assert message in ended.stderr
    served = await run("serve", "-c", diary / "resdev.conf", "--port", 0, "--nats-port", 0)
    assert served.code == 1
    assert message in served.stderr


async def test_login_over_tls(start, diary, connect, tmp_path):
    authority = Authority(tmp_path / "certificates")
    certificate, key = authority.issue("server")
    gateway = f'gateway {{ tls: true, certFile: "{certificate}", keyFile: "{key}" }}\n'
    (diary / "resdev.conf").write_text(gateway + CONFIG)
    server = await start("serve", "-c", diary / "resdev.conf")
    port = server.ready["http"].rpartition(":")[2]
    trust = authority.context()
    client = await RESClient.connect(f"wss://localhost:{port}/", ssl=trust)
    await login(client)
    assert (await client.subscribe("diary.notes.1"))["text"] == "of ada"

    def post_and_get():
        connection = http.client.HTTPSConnection("localhost", int(port), context=trust, timeout=10)
        connection.request("POST", "/api/diary/$auth/login", json.dumps({"user": "ada@example.com", "password": "secret"}))
        token = json.loads(connection.getresponse().read())["token"]
        connection.request("GET", "/api/diary/notes/1", headers={"Authorization": f"Bearer {token}"})
        return json.loads(connection.getresponse().read())["text"]

    assert await asyncio.to_thread(post_and_get) == "of ada"
    outside(diary, "UPDATE users SET password = 'changed' WHERE id = 7")
    await client.until(lambda: ("diary.notes.1", "unsubscribe") in [(rid, name) for rid, name, _ in client.events])
    await client.close()
