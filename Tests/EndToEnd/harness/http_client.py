"""An HTTP client that sends a path just as it is written and keeps everything that came back."""

import asyncio
import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of the RES error in the body."""
        return self.json()["code"]

    @property
    def message(self):
        """The message of the RES error in the body."""
        return self.json()["message"]


class HTTPClient:
    """One request a connection. Every method is awaited, so that services in the test's own loop can answer."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.host = urlsplit(url).netloc

    async def request(self, method, path, body=None, headers=None):
        """`body` is sent as it is when bytes or str, else as JSON."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return await asyncio.to_thread(self._exchange, method, path, body, headers or {})

    def _exchange(self, method, path, body, headers):
        connection = http.client.HTTPConnection(self.host, timeout=15)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    async def get(self, path, **headers):
        return await self.request("GET", path, headers=headers)

    async def head(self, path):
        return await self.request("HEAD", path)

    async def post(self, path, body=None):
        return await self.request("POST", path, body)

    async def put(self, path, body=None):
        return await self.request("PUT", path, body)

    async def patch(self, path, body=None):
        return await self.request("PATCH", path, body)

    async def delete(self, path):
        return await self.request("DELETE", path)

    async def options(self, path, **headers):
        return await self.request("OPTIONS", path, headers=headers)
