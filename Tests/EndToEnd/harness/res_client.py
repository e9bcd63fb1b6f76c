"""A RES client over WebSocket that keeps its own copy of every subscribed resource, as applications' clients do."""

import asyncio
import json

import websockets

from harness.deadline import SECONDS

DELETED = {"action": "delete"}


class RESError(Exception):
    """An error response."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data")


def references(value):
    """The resource ids that a model or collection refers to and by that subscribes; soft references don't."""
    values = value.values() if isinstance(value, dict) else value
    return [v["rid"] for v in values if isinstance(v, dict) and "rid" in v and not v.get("soft")]


class RESClient:
    """Whatever contradicts the protocol is kept in `violations`: an event on a resource that is not subscribed, an
    index out of range, a reference whose resource never came, an answer nobody asked for."""

    def __init__(self, socket):
        self.socket = socket
        self.models = {}
        self.collections = {}
        self.errors = {}
        self.direct = {}  # rid -> number of direct subscriptions
        self.received = []  # every message, in order
        self.events = []  # (rid, name, data), in order
        self.violations = []
        self.closed_with = None
        self._pending = {}
        self._next_id = 0
        self._read = 0  # how many events `next_event` has passed
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._receive())

    @classmethod
    async def connect(cls, url, protocol="1.2.3", **options):
        """Connects and agrees on a protocol version; None leaves that out, as clients before 1.2 do."""
        client = cls(await websockets.connect(url, max_size=None, proxy=None, **options))
        if protocol is not None:
            assert await client.request("version", {"protocol": protocol}) == {"protocol": "1.2.3"}
        return client

    async def close(self):
        await self.socket.close()
        await self._reader

    # Requests

    def send(self, method, params=None, done=lambda result: None):
        """Sends a request and returns the future of its result. `done` sees the result in the order of arrival."""
        self._next_id += 1
        request = {"id": self._next_id, "method": method}
        if params is not None:
            request["params"] = params
        future = asyncio.get_running_loop().create_future()
        self._pending[self._next_id] = (future, done)
        self._write = asyncio.ensure_future(self.socket.send(json.dumps(request)))
        return future

    async def request(self, method, params=None, done=lambda result: None):
        return await asyncio.wait_for(self.send(method, params, done), SECONDS)

    async def subscribe(self, rid):
        """Subscribes and returns the resource."""
        def done(result):
            self.direct[rid] = self.direct.get(rid, 0) + 1
            self._take(result)

        await self.request(f"subscribe.{rid}", done=done)
        return self[rid]

    async def unsubscribe(self, rid, count=None):
        def done(result):
            self.direct[rid] -= count or 1
            if not self.direct[rid]:
                del self.direct[rid]
            self._drop_unreachable()

        return await self.request(f"unsubscribe.{rid}", None if count is None else {"count": count}, done)

    async def get(self, rid):
        """The resource set of a resource, without a subscription."""
        return await self.request(f"get.{rid}")

    async def call(self, rid, method, params=None):
        """Calls a method; gives the payload, or the resource id of a resource response, then subscribed."""
        return await self._invoke(f"call.{rid}.{method}", params)

    async def auth(self, rid, method, params=None):
        return await self._invoke(f"auth.{rid}.{method}", params)

    async def new(self, rid, params=None):
        return await self._invoke(f"new.{rid}", params)

    async def _invoke(self, method, params):
        def done(result):
            if "rid" in result:
                self.direct[result["rid"]] = self.direct.get(result["rid"], 0) + 1
                self._take(result)

        result = await self.request(method, params, done)
        return result["rid"] if "rid" in result else result["payload"]

    # What the client has

    def __getitem__(self, rid):
        """The current copy of a subscribed resource."""
        for kind in (self.models, self.collections, self.errors):
            if rid in kind:
                return kind[rid]
        raise KeyError(rid)

    def __contains__(self, rid):
        return rid in self.models or rid in self.collections or rid in self.errors

    def rows(self, rid):
        """The models that a collection of references stands for, in its order."""
        return [self.models[entry["rid"]] for entry in self.collections[rid]]

    def keys(self, rid):
        """The last parts of the resource ids in a collection of references."""
        return [entry["rid"].rpartition(".")[2] for entry in self.collections[rid]]

    async def until(self, condition, what="the client sees what it should", seconds=SECONDS):
        """Waits, message by message, for `condition()` to be true."""
        async def wait():
            while not condition():
                self._news.clear()
                await self._news.wait()
        try:
            await asyncio.wait_for(wait(), seconds)
        except TimeoutError:
            what = what() if callable(what) else what
            raise AssertionError(f"Not within {seconds:g} s: {what}. Last events: {self.events[-10:]}") from None

    async def next_event(self):
        """The next event that was not returned yet, as (rid, name, data)."""
        await self.until(lambda: len(self.events) > self._read, "an event comes")
        self._read += 1
        return self.events[self._read - 1]

    async def closed(self):
        """Waits for the server to close; returns the close code."""
        await asyncio.wait_for(self._reader, SECONDS)
        return self.closed_with

    # What the server says

    async def _receive(self):
        try:
            async for text in self.socket:
                message = json.loads(text)
                self.received.append(message)
                if "event" in message:
                    self._apply(message["event"], message.get("data"))
                else:
                    self._answer(message)
                self._news.set()
        except websockets.ConnectionClosed:
            pass
        self.closed_with = self.socket.close_code
        for future, _ in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionError(f"closed with {self.closed_with}"))
        self._news.set()

    def _answer(self, message):
        if message.get("id") not in self._pending:
            return self.violations.append(f"answer to no request: {message}")
        future, done = self._pending.pop(message["id"])
        if "error" in message:
            if not future.done():
                future.set_exception(RESError(message["error"]))
            return
        done(message.get("result"))
        if not future.done():
            future.set_result(message.get("result"))

    def _take(self, resources):
        for kind in ("models", "collections", "errors"):
            for rid, value in (resources or {}).get(kind, {}).items():
                if rid in self:
                    self.violations.append(f"{rid} was sent twice")
                getattr(self, kind)[rid] = value
        self._expect_complete()

    def _expect_complete(self):
        for rid in self.direct:
            if rid not in self:
                self.violations.append(f"{rid} is subscribed, but was not sent")
        for kind in (self.models, self.collections):
            for rid, value in kind.items():
                for missing in (other for other in references(value) if other not in self):
                    self.violations.append(f"{rid} refers to {missing}, which was not sent")

    def _apply(self, event, data):
        rid, _, name = event.rpartition(".")
        self.events.append((rid, name, data))
        if rid not in self:
            return self.violations.append(f"event on a resource that is not subscribed: {event}")
        if name == "change":
            for key, value in data["values"].items():
                if value == DELETED:
                    self.models[rid].pop(key, None)
                else:
                    self.models[rid][key] = value
            self._take(data)
            self._drop_unreachable()
        elif name == "add":
            if not 0 <= data["idx"] <= len(self.collections[rid]):
                return self.violations.append(f"{event} at {data['idx']} of {len(self.collections[rid])}")
            self.collections[rid].insert(data["idx"], data["value"])
            self._take(data)
        elif name == "remove":
            if not 0 <= data["idx"] < len(self.collections[rid]):
                return self.violations.append(f"{event} at {data['idx']} of {len(self.collections[rid])}")
            del self.collections[rid][data["idx"]]
            self._drop_unreachable()
        elif name == "unsubscribe":
            self.direct.pop(rid, None)
            self._drop_unreachable()

    def _drop_unreachable(self):
        reached, found = set(), list(self.direct)
        while found:
            rid = found.pop()
            if rid not in reached:
                reached.add(rid)
                value = self.models.get(rid, self.collections.get(rid))
                found += references(value) if value is not None else []
        for kind in (self.models, self.collections, self.errors):
            for rid in [rid for rid in kind if rid not in reached]:
                del kind[rid]
