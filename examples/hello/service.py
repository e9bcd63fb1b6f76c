"""The hello service: one model, models.mymodel, whose message every client may change."""

import asyncio
import json
import os
import signal

import nats

NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")

model = {"message": "Hello, World!"}


def invalid_params(message):
    return {"error": {"code": "system.invalidParams", "message": message}}


async def reply(msg, response):
    await msg.respond(json.dumps(response).encode())


async def main():
    async def waiting(error):
        print(f"{error or type(error).__name__}: is a NATS server listening at {NATS_URL}?", flush=True)

    # Connects now or as soon as a server listens there, and again whenever the connection is lost.
    nc = await nats.connect(NATS_URL, name="hello", max_reconnect_attempts=-1, error_cb=waiting)

    async def access(msg):
        await reply(msg, {"result": {"get": True, "call": "set"}})

    async def get(msg):
        await reply(msg, {"result": {"model": model}})

    async def set_message(msg):
        try:
            params = json.loads(msg.data)["params"]
            message = params["message"]
        except (ValueError, KeyError, TypeError):
            return await reply(msg, invalid_params('Expected {"message": "…"}'))
        if unknown := [name for name in params if name != "message"]:
            return await reply(msg, invalid_params(f"Unknown property {unknown[0]!r}"))
        if not isinstance(message, str) or not message.strip():
            return await reply(msg, invalid_params("The message must be a text that is not empty"))

        # The event leaves before the reply: whoever has the reply can rely on the change being on its way.
        if message != model["message"]:
            model["message"] = message
            change = {"values": {"message": message}}
            await nc.publish("event.models.mymodel.change", json.dumps(change).encode())
        await reply(msg, {"result": None})

    await nc.subscribe("access.models.mymodel", cb=access)
    await nc.subscribe("get.models.mymodel", cb=get)
    await nc.subscribe("call.models.mymodel.set", cb=set_message)

    # Whatever a gateway kept from a former run of this service is out of date.
    await nc.publish("system.reset", json.dumps({"resources": ["models.mymodel"]}).encode())
    await nc.flush()
    print("hello: serving models.mymodel", flush=True)

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await nc.drain()


asyncio.run(main())
