"""A RES client that behaves as the JavaScript client ResClient does for applications: resources have listeners, are shared,
go when nobody listens, and are brought up to date after a lost connection."""

import asyncio
import json

import websockets

from harness.deadline import SECONDS, eventually
from harness.res_client import DELETED, RESError


class Resource:
    """One resource in the client's cache."""

    def __init__(self, rid, kind, value):
        self.rid = rid
        self.kind = kind  # models, collections or errors
        self.value = value
        self.listeners = 0  # of the application
        self.subscribed = 0  # direct subscriptions that the gateway counts
        self.events = []  # (name, data), as the application is told of them


def references(resource):
    values = resource.value.values() if resource.kind == "models" else resource.value
    if resource.kind == "errors":
        return []
    return [v["rid"] for v in values if isinstance(v, dict) and "rid" in v and not v.get("soft")]


class AppClient:
    def __init__(self, url, on_connect=None, stale_delay=0.05):
        self.url = url
        self.on_connect = on_connect
        self.stale_delay = stale_delay
        self.cache = {}
        self.stale = set()
        self.sent = []
        self.problems = []
        self.connections = 0
        self.socket = None
        self._next = 0
        self._requests = {}
        self._tasks = set()
        self._open = asyncio.Event()
        self._closing = False
        self._connecting = {}  # rid -> the subscribe request under way

    async def connect(self):
        self.socket = await websockets.connect(self.url, proxy=None, max_size=None)
        self.connections += 1
        self._spawn(self._receive(self.socket))
        assert await self._send("version", {"protocol": "1.2.3"}) == {"protocol": "1.2.3"}
        if self.on_connect:
            await self.on_connect(self)
        self._open.set()
        for rid in sorted(self.stale):
            self._spawn(self._subscribe_stale(rid))
        return self

    async def close(self):
        self._closing = True
        await self.socket.close()
        for task in list(self._tasks):
            task.cancel()

    def _spawn(self, work):
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() and not self._closing:
            self.problems.append(repr(task.exception()))

    # What applications do

    async def get(self, rid):
        """The resource; subscribed to where it is not there."""
        if rid not in self.cache:
            if rid not in self._connecting:
                self._connecting[rid] = asyncio.ensure_future(self._subscribe(rid))
            try:
                await self._connecting[rid]
            finally:
                self._connecting.pop(rid, None)
        return self.cache[rid]

    async def listen(self, rid):
        resource = await self.get(rid)
        resource.listeners += 1
        return resource

    async def release(self, rid):
        """Ends one listener; with the last, the subscription goes."""
        resource = self.cache[rid]
        resource.listeners -= 1
        if resource.listeners or not resource.subscribed:
            return self._collect()
        count = resource.subscribed
        # What stays listened to and hangs on this alone is subscribed to first, so that no event is missed; as ResClient
        # does, without waiting for the answer.
        for other in [other for other in self._hanging_on(resource) if other.listeners and not other.subscribed]:
            self._spawn(self._subscribe(other.rid))
        await asyncio.sleep(0)
        await self._request(f"unsubscribe.{rid}", {"count": count} if count > 1 else None)
        resource.subscribed -= count
        self._collect()

    async def call(self, rid, method, params=None):
        return await self._invoke(f"call.{rid}.{method}", params)

    async def authenticate(self, rid, method, params=None, early=False):
        return await self._invoke(f"auth.{rid}.{method}", params, early)

    async def create(self, rid, params=None):
        return await self._invoke(f"new.{rid}", params)

    async def set_model(self, rid, **properties):
        await self.call(rid, "set", {name: DELETED if value is ... else value for name, value in properties.items()})

    async def _invoke(self, method, params, early=False):
        def take(result):
            self._take(result, result.get("rid"))

        result = await (self._send if early else self._request)(method, params, take)
        return self.cache[result["rid"]] if "rid" in result else result["payload"]

    # Messages

    async def _request(self, method, params=None, take=None):
        await asyncio.wait_for(self._open.wait(), SECONDS)
        return await self._send(method, params, take)

    async def _send(self, method, params=None, take=None):
        self._next += 1
        message = {"id": self._next, "method": method}
        if params:  # as in JavaScript: null, 0, false and "" are left out
            message["params"] = params
        self.sent.append(message)
        future = asyncio.get_running_loop().create_future()
        self._requests[self._next] = (future, take)
        await self.socket.send(json.dumps(message))
        return await asyncio.wait_for(future, SECONDS)

    async def _subscribe(self, rid):
        self.stale.discard(rid)
        if rid not in self.cache:
            return await self._request(f"subscribe.{rid}", take=lambda result: self._take(result, rid))
        resource = self.cache[rid]
        resource.subscribed += 1  # counts from the request on, as the gateway counts it
        try:
            await self._request(f"subscribe.{rid}", take=self._take)
        except (RESError, ConnectionError):
            resource.subscribed = max(resource.subscribed - 1, 0)
            raise

    async def _subscribe_stale(self, rid):
        if rid not in self.stale or not self._open.is_set():
            return
        try:
            await self._subscribe(rid)
        except RESError as error:
            self.cache[rid].events.append(("unsubscribe", error.code))
        except ConnectionError:
            self.stale.add(rid)

    async def _receive(self, socket):
        try:
            async for text in socket:
                message = json.loads(text)
                if "event" in message:
                    self._event(message["event"], message.get("data"))
                    continue
                future, take = self._requests.pop(message["id"])
                if "error" not in message and take:
                    take(message["result"])
                    self._check()
                    self._collect()
                if not future.done():
                    if "error" in message:
                        future.set_exception(RESError(message["error"]))
                    else:
                        future.set_result(message.get("result"))
        except websockets.ConnectionClosed:
            pass
        self._lost()

    def _lost(self):
        self._open.clear()
        for future, _ in self._requests.values():
            if not future.done():
                future.set_exception(ConnectionError("lost"))
        self._requests = {}
        for resource in list(self.cache.values()):
            if resource.subscribed:
                resource.subscribed = 0
                self.stale.add(resource.rid)
        self._collect()
        if not self._closing:
            self._spawn(self._reconnect())

    async def _reconnect(self):
        while not self._closing:
            try:
                return await self.connect()
            except (OSError, websockets.InvalidMessage, websockets.InvalidStatus, ConnectionError):
                await asyncio.sleep(0.02)

    # Resources

    def _take(self, result, subscribed=None):
        """Takes a resource set: what is new, and what is there already and has gone stale. One of it may be subscribed."""
        known = []
        for kind in ("models", "collections", "errors"):
            for rid, value in (result or {}).get(kind, {}).items():
                if rid in self.cache and self.cache[rid].kind == kind:
                    known.append((self.cache[rid], value))
                else:
                    self.cache[rid] = Resource(rid, kind, value)
                self.stale.discard(rid)
        if subscribed:
            self.cache[subscribed].subscribed += 1
        for resource, value in known:
            self._synchronise(resource, value)

    def _check(self):
        for resource in self.cache.values():
            for missing in (rid for rid in references(resource) if rid not in self.cache):
                self.problems.append(f"{resource.rid} refers to {missing}, which is not there")

    def _synchronise(self, resource, value):
        """Brings a stale resource up to date, and tells what changed."""
        if resource.kind == "models":
            changed = {name: new for name, new in value.items() if resource.value.get(name, ...) != new}
            changed |= {name: DELETED for name in resource.value if name not in value}
            resource.value = value
            if changed:
                resource.events.append(("change", changed))
        elif resource.value != value:
            resource.value = value
            resource.events.append(("changed", None))

    def _event(self, event, data):
        rid, _, name = event.rpartition(".")
        resource = self.cache.get(rid)
        if resource is None:
            return self.problems.append(f"event of what is not there: {event}")
        if name == "change":
            self._take(data)
            for key, value in data["values"].items():
                if value == DELETED:
                    resource.value.pop(key, None)
                else:
                    resource.value[key] = value
        elif name == "add":
            self._take(data)
            resource.value.insert(data["idx"], data["value"])
        elif name == "remove":
            del resource.value[data["idx"]]
        elif name == "unsubscribe":
            resource.subscribed = 0
        resource.events.append((name, data))
        self._check()
        self._collect()

    def _reached(self, roots):
        found, stack = set(), list(roots)
        while stack:
            resource = stack.pop()
            if resource.rid not in found:
                found.add(resource.rid)
                stack += [self.cache[rid] for rid in references(resource) if rid in self.cache]
        return found

    def _hanging_on(self, resource):
        """What only this subscription holds."""
        others = self._reached(r for r in self.cache.values() if r.subscribed and r is not resource)
        return [self.cache[rid] for rid in self._reached([resource]) - others if rid != resource.rid]

    def _collect(self):
        """Drops what nobody wants; what is listened to and not subscribed any more is subscribed to after a while."""
        kept = self._reached(r for r in self.cache.values() if r.subscribed or r.listeners or r.rid in self.stale)
        covered = self._reached(r for r in self.cache.values() if r.subscribed)
        for rid in list(self.cache):
            resource = self.cache[rid]
            if rid not in kept and rid not in self._connecting:
                del self.cache[rid]
            elif resource.listeners and rid not in covered and rid not in self.stale:
                self.stale.add(rid)
                if self._open.is_set():
                    self._spawn(self._later(rid))
            elif rid in self.stale and (rid in covered or not resource.listeners):
                self.stale.discard(rid)

    async def _later(self, rid):
        await asyncio.sleep(self.stale_delay)
        await self._subscribe_stale(rid)

    async def until(self, condition, what="the client sees what it should"):
        await eventually(condition, lambda: f"{what}; problems: {self.problems}")
