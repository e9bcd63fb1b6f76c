"""Certificates for TLS tests, made by the openssl command with every run."""

import ssl
import subprocess
from pathlib import Path


class Authority:
    """A certificate authority of one test run, and what it has signed."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "ca.pem"
        self._key = self.folder / "ca-key.pem"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=test authority", "-keyout", self._key, "-out", self.file)

    def issue(self, name, subject=None, names="DNS:localhost,IP:127.0.0.1", usage="serverAuth,clientAuth"):
        """A certificate and its key: the paths of two PEM files."""
        certificate, key, request = (self.folder / f"{name}{end}" for end in (".pem", "-key.pem", ".csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text("\n".join(filter(None, (f"extendedKeyUsage={usage}", names and f"subjectAltName={names}"))))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", subject or f"/CN={name}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-days", "2",
                 "-extfile", extensions, "-out", certificate)
        return certificate, key

    def context(self, client=None):
        """What a client needs to trust this authority, with a certificate of its own if it has one."""
        context = ssl.create_default_context(cafile=self.file)
        if client:
            context.load_cert_chain(*client)
        return context


def key_digest(certificate):
    """The SHA-256 of a certificate's public key, as pinned_certs lists it."""
    public = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.stdout, check=True, capture_output=True)
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der.stdout, check=True, capture_output=True)
    return digest.stdout.split()[0].decode()


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
