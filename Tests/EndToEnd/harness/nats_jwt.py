"""Makes nkeys, operator, account and user JWTs, and credential files."""

import base64
import hashlib
import json
import secrets
import time

PREFIXES = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
SEED = 18 << 3

# Ed25519 as RFC 8032 describes it, slow and plain: a test signs a few times.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (_recover_x(BASE_Y, 0), BASE_Y, 1, _recover_x(BASE_Y, 0) * BASE_Y % P)


def _add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _compress(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def _number(data):
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % ORDER


def _crc16(data):
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def _text(data):
    return base64.b32encode(data + _crc16(data).to_bytes(2, "little")).decode().rstrip("=")


class Key:
    """A key pair of a role."""

    def __init__(self, role):
        self._seed = secrets.token_bytes(32)
        self.scalar, self.prefix = _expand(self._seed)
        self.public_bytes = _compress(_multiply(self.scalar, BASE))
        letter = PREFIXES[role]
        self.public = _text(bytes([letter]) + self.public_bytes)
        self.seed = _text(bytes([SEED | letter >> 5, (letter & 31) << 3]) + self._seed)

    def sign(self, message):
        r = _number(self.prefix + message)
        point = _compress(_multiply(r, BASE))
        k = _number(point + self.public_bytes + message)
        return point + ((r + k * self.scalar) % ORDER).to_bytes(32, "little")

    def sign_nonce(self, nonce):
        """What a client puts into `sig` for the nonce of INFO."""
        return base64.urlsafe_b64encode(self.sign(nonce.encode())).decode().rstrip("=")


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(kind, subject, issuer, nats=None, name="x", **claims):
    """A signed JWT about a key. Times are seconds since 1970."""
    body = {"jti": secrets.token_hex(8), "iat": int(time.time()), "iss": issuer.public, "name": name,
            "sub": subject.public, "nats": {**(nats or {}), "type": kind, "version": 2}, **claims}
    text = _part({"typ": "JWT", "alg": "ed25519-nkey"}) + "." + _part(body)
    return text + "." + base64.urlsafe_b64encode(issuer.sign(text.encode())).decode().rstrip("=")


NO_LIMITS = {"subs": -1, "data": -1, "payload": -1}
ACCOUNT_LIMITS = {**NO_LIMITS, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1}


def account_jwt(account, operator, nats=None, **claims):
    return jwt("account", account, operator, {"limits": ACCOUNT_LIMITS, **(nats or {})}, **claims)


def user_jwt(user, issuer, nats=None, **claims):
    return jwt("user", user, issuer, {**NO_LIMITS, **(nats or {})}, **claims)


def credentials(text, key):
    """A .creds file of a user's JWT and seed."""
    return (f"-----BEGIN NATS USER JWT-----\n{text}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{key.seed}\n------END USER NKEY SEED------\n")
