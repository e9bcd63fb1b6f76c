"""Plays one transcript against a running gateway."""

import asyncio
import json
import re
from collections import deque

import websockets

from harness.conformance.matching import filled_in, payload_matches, text_matches
from harness.conformance.transcript import Step, with_own_names
from harness.conformance.wire import Answer, ServiceWire, http_request

SECONDS = 10
LENGTHS = ("long", "longer", "almost", "spaces")  # variables that are there from the start
FIELD = re.compile(r"(?P<absent>!?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:: ?(?P<value>.*))?")
OPEN = b'{"result":{"get":true,"call":"*"}}'


class Mismatch(AssertionError):
    """What came is not what the transcript says."""


class Connect(websockets.connect):
    """A handshake that is answered with a redirection stays where it is."""

    def process_redirect(self, error):
        return error


class Client:
    """One WebSocket and what came over it."""

    def __init__(self, socket):
        self.socket = socket
        self.inbox = asyncio.Queue()
        self.ids = 900_000
        self.task = asyncio.create_task(self._read())

    async def _read(self):
        try:
            async for message in self.socket:
                self.inbox.put_nowait(message if isinstance(message, str) else "binary " + message.decode())
        except websockets.ConnectionClosed:
            pass
        self.inbox.put_nowait(f"closed {self.socket.close_code}")

    def next_id(self):
        self.ids += 1
        return self.ids

    async def close(self):
        await self.socket.close()
        self.task.cancel()


class Player:
    """What the transcript's steps act on: clients, HTTP requests, and the service's connection."""

    def __init__(self, case, gateway, nats_url):
        self.case = case
        self.gateway = gateway
        self.nats_url = nats_url
        self.root = with_own_names(case, "test")
        # Parts that no subject can hold, one with which `get.` fits and `access.` does not, and a blank body.
        longest = 4096 - 29 - 12 - len(f"get.{self.root}.")
        self.variables = {"long": "x" * 10_000, "longer": "x" * 5_000, "almost": "x" * longest, "spaces": " " * 4}
        self.clients = {}
        self.connecting = {}
        self.exchanges = {}
        self.requests = deque()  # came from the gateway, and no step has named them yet
        self.unanswered = []  # named, and not answered
        self.served = {}
        self.news = asyncio.Event()
        self.service = None
        self.step = None

    async def play(self):
        self.service = await ServiceWire.connect(self.nats_url, self._requested)
        for pattern in (f"*.{self.root}.>", f"{self.root}.>"):
            self.service.listen(pattern)
        await self.service.flush()
        try:
            steps = deque(self._steps())
            while steps:
                self.step = steps.popleft()
                group = [self.step]
                while self.step.verb == "nats<" and steps and steps[0].verb == "nats<":
                    group.append(steps.popleft())
                await asyncio.wait_for(self._perform(group), SECONDS + 10)
            self.step = None
            await asyncio.wait_for(self._quiet(), SECONDS)
        except TimeoutError:
            raise self._mismatch("nothing came") from None
        finally:
            for task in [*self.connecting.values(), *self.exchanges.values()]:
                task.cancel()
            for client in self.clients.values():
                await client.close()
            await self.service.close()

    def _steps(self):
        for step in self.case.steps:
            own = [with_own_names(self.case, text) for text in [step.text, *step.more]]
            yield Step(step.verb, step.number, own[0], step.line, own[1:])

    def _mismatch(self, problem):
        place = f"{self.case.file}.res:{self.step.line if self.step else self.case.line} ({self.case.name})"
        said = f"\n  expected: {self.step.verb} {self.step.whole}" if self.step else "\n  expected: nothing more"
        waiting = "".join(f"\n  nats, not named: {request}" for request in self.requests)
        for number, client in self.clients.items():
            waiting += "".join(f"\n  client {number}, not named: {text}" for text in list(client.inbox._queue))
        bound = {name: value for name, value in self.variables.items() if name not in LENGTHS}
        known = f"\n  variables: {bound}" if bound else ""
        return Mismatch(f"{place}: {problem}{said}{waiting}{known}")

    async def _perform(self, group):
        step = group[0]
        match step.verb:
            case "nats<": await self._expect_requests(group)
            case "nats>": await self._service_says(step)
            case "client>": await self._client_says(step)
            case "client<": await self._expect_message(step)
            case "http>": await self._start_http(step)
            case "http<": await self._expect_answer(step)
            case "connect": self.connecting[step.who] = asyncio.create_task(self._connect(step))
            case "connected": await self._connected(step)
            case "refused": await self._refused(step)
            case "disconnect": await self.clients.pop(step.who).close()
            case "serve": self._serve(step)
            case "answer": self._answer(*filled_in(step.whole, self.variables).split(" ", 1))
            case "unserve": self._unserve(step.text)
            case "subscribe": await self._subscribe(step)
            case "repeat": await self._repeat(step)
            case "differ": self._differ(step.text.split())
            case "quiet": await self._quiet()
            case "wait": await asyncio.sleep(float(step.text))

    # The service's side

    def _requested(self, request):
        if f"{self.root}.barrier" in request.subject or '"User-Agent":["barrier"]' in request.payload:
            return self.service.publish(request.reply, b'{"result":null}')
        if request.subject in self.served and request.reply:
            return self.service.publish(request.reply, self.served[request.subject])
        self.requests.append(request)
        self.news.set()

    async def _expect_requests(self, group):
        left = list(group)
        while left:
            request = await self._next_request()
            for step in left:
                subject, _, payload = step.whole.partition(" ")
                if text_matches(subject, request.subject, self.variables) and payload_matches(
                    payload.strip() or "-", request.payload, self.variables,
                ):
                    left.remove(step)
                    if request.reply:
                        self.unanswered.append(request)
                    break
            else:
                self.step = left[0]
                raise self._mismatch(f"this came: {request}")

    async def _next_request(self):
        async with asyncio.timeout(SECONDS):
            while not self.requests:
                self.news.clear()
                await self.news.wait()
        return self.requests.popleft()

    async def _service_says(self, step):
        subject, _, payload = filled_in(step.whole, self.variables).partition(" ")
        subject, _, place = subject.partition("#")
        payload = b"" if payload.strip() == "-" else payload.strip().encode()
        pending = [request for request in self.unanswered if request.subject == subject]
        if not pending and subject.split(".")[0] in ("get", "access", "call", "auth"):
            raise self._mismatch("no request with this subject is unanswered")
        if not pending:
            self.service.publish(subject, payload)
        else:
            request = pending[int(place or 1) - 1]
            self.service.publish(request.reply, payload)
            if not payload[:1].isalpha():  # a pre-response is not the answer
                self.unanswered.remove(request)
        await self.service.flush()

    def _serve(self, step):
        subject, _, payload = filled_in(step.whole, self.variables).partition(" ")
        payload = payload.strip()
        if subject.split(".")[0] in ("get", "access", "call", "auth"):
            self._answer(subject, payload)
        else:
            kind = "model" if payload.startswith("{") else "collection"
            self.served[f"get.{subject}"] = f'{{"result":{{"{kind}":{payload}}}}}'.encode()
            self.served.setdefault(f"access.{subject}", OPEN)

    def _answer(self, subject, payload):
        self.served[subject] = b"" if payload == "-" else payload.encode()

    def _unserve(self, subject):
        for name in (subject, f"get.{subject}", f"access.{subject}"):
            self.served.pop(name, None)

    async def _repeat(self, step):
        """`repeat 256 subscribe test.model`: a step that needs no answer named, several times."""
        count, verb, rest = step.text.split(" ", 2)
        for _ in range(int(count)):
            await self._perform([Step(verb, step.number, rest, step.line)])

    def _differ(self, names):
        values = [self.variables[name] for name in names]
        if len(set(values)) != len(values):
            raise self._mismatch(f"these do not differ: {values}")

    # Clients

    async def _connect(self, step):
        fields = []
        for line in filter(None, [step.text, *step.more]):
            name, _, value = filled_in(line, self.variables).partition(": ")
            fields.append((name, value))
        origin = next((value for name, value in fields if name == "Origin"), None)
        socket = await Connect(
            self.gateway.ws, max_size=None, proxy=None, origin=origin, ping_interval=None, user_agent_header=None,
            additional_headers=[(name, value) for name, value in fields if name != "Origin"],
        )
        client = self.clients[step.who] = Client(socket)
        version = self.case.settings.get(f"version{step.number}", self.case.settings.get("version", "1.2.3"))
        if version != "none":
            request = {"id": client.next_id(), "method": "version", "params": {"protocol": version}}
            await socket.send(json.dumps(request))
            answer = json.loads(await client.inbox.get())
            if answer != {"id": request["id"], "result": {"protocol": "1.2.3"}}:
                raise self._mismatch(f"the version request was answered {answer}")

    async def _client(self, step):
        if step.who in self.connecting:
            await self.connecting.pop(step.who)
        elif step.who not in self.clients:
            await self._connect(Step("connect", step.number, "", step.line))
        return self.clients[step.who]

    async def _connected(self, step):
        client = await self._client(step)
        self._expect_handshake(step, Answer(101, list(client.socket.response.headers.raw_items())))

    async def _refused(self, step):
        try:
            await self.connecting.pop(step.who)
        except websockets.InvalidStatus as error:
            given = error.response
            answer = Answer(given.status_code, list(given.headers.raw_items()), (given.body or b"").decode())
        else:
            raise self._mismatch("the handshake was accepted")
        if str(answer.status) != step.text:
            raise self._mismatch(f"this came: {answer}")
        self._expect_handshake(step, answer)

    def _expect_handshake(self, step, answer):
        for line in step.more:
            if not self._answer_has(line, answer):
                raise self._mismatch(f"`{line}` does not hold of: {answer}")

    async def _client_says(self, step):
        client = await self._client(step)
        text = filled_in(step.whole, self.variables)
        if text.startswith("binary "):
            await client.socket.send(text.removeprefix("binary ").encode())
        elif text == "close":
            await client.socket.close()
        else:
            await client.socket.send(text)

    async def _expect_message(self, step):
        client = await self._client(step)
        async with asyncio.timeout(SECONDS):
            message = await client.inbox.get()
        if not payload_matches(step.whole, message, self.variables):
            raise self._mismatch(f"this came: {message}")

    async def _subscribe(self, step):
        """Subscribes where what is served answers; only a failure is of interest."""
        client = await self._client(step)
        rid, access = step.text, f"access.{step.text.partition('?')[0]}"
        self.served.setdefault(access, OPEN)
        request = {"id": client.next_id(), "method": f"subscribe.{rid}"}
        await client.socket.send(json.dumps(request))
        async with asyncio.timeout(SECONDS):
            answer = await client.inbox.get()
        if json.loads(answer).get("id") != request["id"] or "error" in json.loads(answer):
            raise self._mismatch(f"this came: {answer}")

    # HTTP

    async def _start_http(self, step):
        method, target = filled_in(step.text, self.variables).split(" ", 1)
        fields, body = [], None
        for line in step.more:
            line = filled_in(line, self.variables)
            if body is None and (found := FIELD.fullmatch(line)) and found["value"] is not None:
                fields.append((found["name"], found["value"]))
            else:
                body = (body or b"") + line.encode()
        self.exchanges[step.who] = asyncio.create_task(
            http_request(self.gateway.ready["http"], method, target, fields, body)
        )
        await asyncio.sleep(0)

    async def _expect_answer(self, step):
        answer = await asyncio.wait_for(self.exchanges.pop(step.who), SECONDS)
        if str(answer.status) != step.text:
            raise self._mismatch(f"this came: {answer}")
        for line in step.more:
            if not self._answer_has(line, answer):
                raise self._mismatch(f"`{line}` does not hold of: {answer}")

    def _answer_has(self, line, answer):
        if line == "empty":
            return answer.body == ""
        found = FIELD.fullmatch(line)
        if not found or (found["value"] is None and not found["absent"]):
            return payload_matches(line, answer.body, self.variables)
        values = answer.values(found["name"])
        if found["absent"]:
            return not values
        wanted = found["value"].split(" | ")  # several lines of one name
        return len(values) == len(wanted) and all(
            text_matches(want, value, self.variables) for want, value in zip(wanted, values)
        )

    # Nothing more

    async def _quiet(self):
        """Holds that nothing has come that no step has named: what each side was sent before the answer to a request that
        goes all the way to the service and back has come by then."""
        if not any(not client.task.done() for client in self.clients.values()):
            await self._barrier_by_http()
        for client in list(self.clients.values()):
            if client.task.done():
                continue
            number = client.next_id()
            await client.socket.send(json.dumps({"id": number, "method": f"auth.{self.root}.barrier.go"}))
            while True:
                async with asyncio.timeout(SECONDS):
                    message = await client.inbox.get()
                if message.startswith("{") and json.loads(message).get("id") == number:
                    break
                raise self._mismatch(f"this came as well: {message}")
        if self.requests:
            raise self._mismatch("the service was sent something as well")
        for number, exchange in self.exchanges.items():
            if exchange.done():
                raise self._mismatch(f"http{number} was answered: {exchange.result()}")

    async def _barrier_by_http(self):
        url = self.gateway.ready["http"]
        served = dict(self.served)
        await http_request(url, "GET", f"/api/{self.root}/barrier", [("User-Agent", "barrier")], None)
        self.served = served
