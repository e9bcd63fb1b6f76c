"""Prints the message of models.mymodel now and each time it changes, until interrupted."""

import asyncio
import json
import os

import websockets

RES_URL = os.environ.get("RES_URL", "ws://127.0.0.1:8080/")


async def main():
    print(f"Connecting to {RES_URL}", flush=True)
    async for ws in websockets.connect(RES_URL):  # again after each lost connection
        try:
            await ws.send('{"id": 1, "method": "version", "params": {"protocol": "1.2.3"}}')
            await ws.send('{"id": 2, "method": "subscribe.models.mymodel"}')
            async for text in ws:
                answer = json.loads(text)
                if "error" in answer:
                    raise SystemExit(f"{answer['error']['code']}: {answer['error']['message']}")
                if answer.get("id") == 2:
                    print(answer["result"]["models"]["models.mymodel"]["message"], flush=True)
                elif answer.get("event") == "models.mymodel.change":
                    print(answer["data"]["values"]["message"], flush=True)
        except websockets.ConnectionClosed:
            continue


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
