"""Lists the books of bookshelf.books now and again each time something changes, until interrupted."""

import asyncio
import json
import os

import websockets

RES_URL = os.environ.get("RES_URL", "ws://127.0.0.1:8080/")


class Bookshelf:
    """A copy of the collection and its books, kept current by what the gateway sends."""

    def __init__(self):
        self.collection = []
        self.books = {}

    def take(self, resources):
        """Keeps the resources that come along with an answer or an event."""
        self.books.update(resources.get("models", {}))
        self.collection = resources.get("collections", {}).get("bookshelf.books", self.collection)

    def apply(self, event, data):
        resource, _, name = event.rpartition(".")
        self.take(data or {})
        match name:
            case "add":
                self.collection.insert(data["idx"], data["value"])
            case "remove":
                del self.collection[data["idx"]]
            case "change":
                self.books[resource].update(data["values"])

    def print(self):
        for entry in self.collection:
            book = self.books[entry["rid"]]
            print(f"{book['id']:4}  {book['title']} ({book['author']})")
        print(flush=True)


async def main():
    print(f"Connecting to {RES_URL}", flush=True)
    async for ws in websockets.connect(RES_URL):  # again after each lost connection
        shelf = Bookshelf()
        try:
            await ws.send('{"id": 1, "method": "version", "params": {"protocol": "1.2.3"}}')
            await ws.send('{"id": 2, "method": "subscribe.bookshelf.books"}')
            async for text in ws:
                received = json.loads(text)
                if "error" in received:
                    raise SystemExit(f"{received['error']['code']}: {received['error']['message']}")
                if "event" in received:
                    shelf.apply(received["event"], received.get("data"))
                elif received["id"] == 2:
                    shelf.take(received["result"])
                else:
                    continue
                shelf.print()
        except websockets.ConnectionClosed:
            continue


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
