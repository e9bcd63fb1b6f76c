"""What the tests of nats-py import as tests.utils, which its source distribution leaves out: servers on PATH, by name."""

import asyncio
import functools
import http.client
import os
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

FILES = Path(os.environ["CLIENT_SUITE_FILES"])


def get_config_file(name):
    return str(FILES / name)


class NATSD:
    """A nats-server with the flags that the suite gives it."""

    def __init__(self, port=4222, user="", password="", token="", timeout=0, http_port=8222, debug=False, tls=False,
                 cluster_listen=None, routes=None, config_file=None, with_jetstream=None):
        self.port, self.http_port = port, http_port
        self.arguments = ["-a", "127.0.0.1", "-p", str(port), "-m", str(http_port)]
        for flag, value in (("--user", user), ("--pass", password), ("--auth", token),
                            ("--cluster_listen", cluster_listen), ("--config", config_file)):
            if value:
                self.arguments += [flag, value]
        if routes:
            self.arguments += ["--routes", ",".join(routes), "--cluster_name", "CLUSTER"]
        if tls:
            self.arguments += ["--tls", "--tlsverify", "--tlscert", get_config_file("certs/server-cert.pem"),
                               "--tlskey", get_config_file("certs/server-key.pem"),
                               "--tlscacert", get_config_file("certs/ca.pem")]
        if with_jetstream:
            self.arguments += ["-js", f"-sd={tempfile.mkdtemp()}"]
        self.proc = None

    def start(self):
        self.proc = subprocess.Popen(["nats-server", *self.arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.proc

    def stop(self):
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGKILL)
        if self.proc:
            self.proc.wait()


def start_natsd(natsd):
    natsd.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", natsd.http_port, timeout=5)
            connection.request("GET", "/varz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nats-server {natsd.arguments} does not come up")


class Servers(unittest.TestCase):
    """Servers that run while a test does."""

    settings = []
    started = None
    needs_tls = False

    def setUp(self):
        super().setUp()
        self.loop = asyncio.new_event_loop()
        self.server_pool = [NATSD(**settings) for settings in self.settings]
        if self.needs_tls:
            self.ssl_ctx = ssl.create_default_context(cafile=get_config_file("certs/ca.pem"))
            self.ssl_ctx.load_cert_chain(get_config_file("certs/client-cert.pem"), get_config_file("certs/client-key.pem"))
        for natsd in self.server_pool[:self.started]:
            start_natsd(natsd)
        self.natsd = self.server_pool[0]

    def tearDown(self):
        for natsd in self.server_pool:
            natsd.stop()
        self.loop.close()


def _config(name):
    return [{"config_file": get_config_file(name)}]


_USERS = [{"port": 4223, "user": "foo", "password": "bar", "http_port": 8223},
          {"port": 4224, "user": "hoge", "password": "fuga", "http_port": 8224}]


class SingleServerTestCase(Servers):
    settings = [{}]


class MultiServerAuthTestCase(Servers):
    settings = _USERS


class MultiServerAuthTokenTestCase(Servers):
    settings = [{"port": 4223, "token": "token", "http_port": 8223}, {"port": 4224, "token": "token", "http_port": 8224},
                {"port": 4225, "token": "secret", "http_port": 8225}]


class TLSServerTestCase(Servers):
    settings = [{"port": 4224, "tls": True}]
    needs_tls = True


class TLSServerHandshakeFirstTestCase(Servers):
    settings = [{"port": 4224, "config_file": get_config_file("conf/tls_handshake_first.conf")}]
    needs_tls = True


class MultiTLSServerAuthTestCase(Servers):
    settings = [{**settings, "tls": True} for settings in _USERS]
    needs_tls = True


class NoAuthUserServerTestCase(Servers):
    settings = [{"port": 4555, "config_file": get_config_file("conf/no_auth_user.conf")}]


class NkeysServerTestCase(Servers):
    settings = _config("nkeys/nkeys_server.conf")


class TrustedServerTestCase(Servers):
    settings = _config("nkeys/resolver_preload.conf")


class SingleWebSocketServerTestCase(Servers):
    settings = _config("conf/ws.conf")


class SingleWebSocketTLSServerTestCase(Servers):
    settings = _config("conf/ws_tls.conf")
    needs_tls = True


class Absent(unittest.TestCase):
    """What needs a cluster or JetStream."""

    def setUp(self):
        self.skipTest("needs a cluster or JetStream")


class ClusteringTestCase(Absent):
    pass


class ClusteringDiscoveryAuthTestCase(Absent):
    pass


class SingleJetStreamServerTestCase(Absent):
    pass


class SingleJetStreamServerLimitsTestCase(Absent):
    pass


def async_test(function, timeout=5):
    @functools.wraps(function)
    def wrapper(case, *arguments, **options):
        asyncio.set_event_loop(case.loop)
        return asyncio.run(asyncio.wait_for(function(case, *arguments, **options), timeout))

    return wrapper


def async_long_test(function, timeout=10):
    return async_test(function, timeout)


def async_debug_test(function, timeout=3600):
    return async_test(function, timeout)
