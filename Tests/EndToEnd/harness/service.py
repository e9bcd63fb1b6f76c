"""A RES service made of a table, for tests of what the gateway does with services."""

import asyncio
import json

from harness import nats_client


class Service:
    """Answers subjects as told and keeps every request it was sent."""

    def __init__(self, nc):
        self.nc = nc
        self.requests = []  # (subject, payload)

    @classmethod
    async def join(cls, url, answers=()):
        service = cls(await nats_client.connect(url, name="test service"))
        for subject, response in dict(answers).items():
            await service.on(subject, response)
        return service

    async def on(self, subject, response):
        """`response` is what to answer: an object, bytes, or a function (async or not) of the payload giving one.

        None leaves the request without an answer.
        """

        async def answer(msg):
            payload = json.loads(msg.data) if msg.data else None
            self.requests.append((msg.subject, payload))
            value = response(payload) if callable(response) else response
            if asyncio.iscoroutine(value):
                value = await value
            if value is not None:
                await msg.respond(value if isinstance(value, bytes) else json.dumps(value).encode())

        subscription = await self.nc.subscribe(subject, cb=answer)
        await self.nc.flush()
        return subscription

    def asked(self, subject):
        """The payloads of the requests on a subject."""
        return [payload for name, payload in self.requests if name == subject]

    async def publish(self, subject, payload=None):
        await self.nc.publish(subject, b"" if payload is None else json.dumps(payload).encode())
        await self.nc.flush()

    async def event(self, rid, name, payload=None):
        await self.publish(f"event.{rid}.{name}", payload)

    async def close(self):
        await self.nc.close()


def model(**properties):
    return {"result": {"model": properties}}


def collection(*values, query=None):
    result = {"collection": list(values)}
    return {"result": result if query is None else {**result, "query": query}}


def error(code, message="No", **more):
    return {"error": {"code": code, "message": message, **more}}


OPEN = {"result": {"get": True, "call": "*"}}
