"""Makes the certificates, keys, JWTs and configuration files that the tests of nats-py expect in a folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "EndToEnd"))

from harness.certificates import Authority  # noqa: E402
from harness.nats_jwt import Key, account_jwt, credentials, jwt, user_jwt  # noqa: E402

TLS = 'tls {{ cert_file: "{0}/server-cert.pem", key_file: "{0}/server-key.pem", ca_file: "{0}/ca.pem"{1} }}\n'


def make(folder):
    certificates, settings, keys = (folder / name for name in ("certs", "conf", "nkeys"))
    for path in (settings, keys):
        path.mkdir(parents=True, exist_ok=True)
    authority = Authority(certificates)
    for name in ("server", "client"):
        certificate, key = authority.issue(name)
        certificate.rename(certificates / f"{name}-cert.pem")
        key.rename(certificates / f"{name}-key.pem")
    (settings / "tls_handshake_first.conf").write_text(TLS.format(certificates, ", verify: true, handshake_first: true"))
    (settings / "no_auth_user.conf").write_text(
        "no_auth_user: foo\nauthorization { users: [{user: foo, password: foo},"
        " {user: bar, password: bar, permissions: {subscribe: {deny: foo}}}] }\n")
    (settings / "ws.conf").write_text("websocket { port: 8080, no_tls: true }\n")
    (settings / "ws_tls.conf").write_text(f"websocket {{ port: 8081, {TLS.format(certificates, '')} }}\n")
    user = Key("user")
    (keys / "foo-user.nk").write_text(user.seed)
    (keys / "nkeys_server.conf").write_text(f"authorization {{ users: [{{nkey: {user.public}, permissions: {{subscribe: {{deny: bar}}}}}}] }}\n")
    operator, account = Key("operator"), Key("account")
    (keys / "resolver_preload.conf").write_text(
        f"operator: {jwt('operator', operator, operator)}\nresolver: MEMORY\n"
        f"resolver_preload {{ {account.public}: {account_jwt(account, operator)} }}\n")
    text = user_jwt(user, account)
    (keys / "foo-user.jwt").write_text(text + "\n")
    (keys / "foo-user.creds").write_text(credentials(text, user))
    (keys / "bad-user.creds").write_text("-----BEGIN USER NKEY SEED-----\n")
    (keys / "bad-user2.creds").write_text(credentials(text, user).replace(user.seed, "SU" + "1" * 56))


make(Path(sys.argv[1]))
