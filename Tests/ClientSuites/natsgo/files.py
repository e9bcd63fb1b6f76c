"""Makes the certificates and configuration files that the tests of nats.go expect in a folder `configs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "EndToEnd"))

from harness.certificates import Authority  # noqa: E402

USER = 'authorization {{ user: "derek", password: "porkchop", timeout: 1 }}\n'
TLS = 'listen: "localhost:{port}"\ntls {{ cert_file: "{certs}/{server}.pem", key_file: "{certs}/{key}.pem"{more} }}\n'


def make(folder):
    certs = folder / "certs"
    authority = Authority(certs)
    for name, certificate_name, key_name, names in (
        ("s", "server", "key", "DNS:localhost,IP:127.0.0.1,IP:::1"), ("c", "client-cert", "client-key", "DNS:localhost"),
        ("n", "server_noip", "key_noip", "DNS:localhost"),
    ):
        certificate, key = authority.issue(name, names=names)
        certificate.rename(certs / f"{certificate_name}.pem")
        key.rename(certs / f"{key_name}.pem")
    stranger = Authority(certs / "other")
    stranger.file.rename(certs / "badca.pem")
    for name, port, server, key, more in (
        ("tls", 4443, "server", "key", ""),
        ("tlsverify", 4443, "server", "key", f', ca_file: "{certs}/ca.pem", verify: true'),
        ("tls_noip_a", 5222, "server_noip", "key_noip", ""), ("tls_noip_b", 5224, "server_noip", "key_noip", ""),
    ):
        text = TLS.format(certs=certs, port=port, server=server, key=key, more=more)
        if name != "tlsverify":
            text += USER.format()
        (folder / f"{name}.conf").write_text(text)


make(Path(sys.argv[1]).resolve())
