"""The bookshelf service: a collection of books, kept in memory, to list, add, edit and delete.

bookshelf.books      collection of references to the books; call new {title, author}
bookshelf.book.<id>  model {id, title, author}; call set {title?, author?}, delete
"""

import asyncio
import itertools
import json
import os
import signal

import nats

NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")

ids = itertools.count(1)
books = {}  # id as text -> book, in the order of the collection


class RESError(Exception):
    def __init__(self, code, message):
        self.response = {"error": {"code": code, "message": message}}


def reference(book):
    return {"rid": f"bookshelf.book.{book['id']}"}


def add(title, author):
    book = {"id": next(ids), "title": title, "author": author}
    books[str(book["id"])] = book
    return book


def find(key):
    if key not in books:
        raise RESError("system.notFound", "Not found")
    return books[key]


def checked(params, required=()):
    """The title and author among the parameters, once they are known to be sound."""
    if not isinstance(params, dict):
        raise RESError("system.invalidParams", 'Expected an object such as {"title": "…", "author": "…"}')
    for name in [*required, *params]:
        if name not in ("title", "author"):
            raise RESError("system.invalidParams", f"Unknown property {name!r}: expected title or author")
        if not isinstance(params.get(name), str) or not params[name].strip():
            raise RESError("system.invalidParams", f"The {name} must be a text that is not empty")
    return {name: text.strip() for name, text in params.items()}


def answer(subject, params):
    """Does what a request asks for; returns the events to publish, in order, and the response."""
    match subject.split("."):
        case ["access", *_]:
            return [], {"result": {"get": True, "call": "*"}}
        case ["get", _, "books"]:
            return [], {"result": {"collection": [reference(book) for book in books.values()]}}
        case ["get", _, "book", key]:
            return [], {"result": {"model": find(key)}}
        case ["call", _, "books", "new"]:
            book = add(**checked(params, required=("title", "author")))
            added = {"value": reference(book), "idx": len(books) - 1}
            return [("bookshelf.books.add", added)], {"resource": reference(book)}
        case ["call", _, "book", key, "set"]:
            book = find(key)
            values = {name: text for name, text in checked(params).items() if text != book[name]}
            book.update(values)
            return [(f"bookshelf.book.{key}.change", {"values": values})] if values else [], {"result": None}
        case ["call", _, "book", key, "delete"]:
            find(key)
            removed = {"idx": list(books).index(key)}
            del books[key]
            events = [("bookshelf.books.remove", removed), (f"bookshelf.book.{key}.delete", None)]
            return events, {"result": None}
        case ["call", _, "books", _] | ["call", _, "book", _, _]:
            raise RESError("system.methodNotFound", "Method not found")
    raise RESError("system.notFound", "Not found")


async def main():
    async def waiting(error):
        print(f"{error or type(error).__name__}: is a NATS server listening at {NATS_URL}?", flush=True)

    # Connects now or as soon as a server listens there, and again whenever the connection is lost.
    nc = await nats.connect(NATS_URL, name="books", max_reconnect_attempts=-1, error_cb=waiting)

    async def serve(msg):
        events = []
        try:
            events, response = answer(msg.subject, json.loads(msg.data or b"{}").get("params"))
        except RESError as error:
            response = error.response
        except (ValueError, AttributeError):
            response = {"error": {"code": "system.internalError", "message": "The request is no JSON object"}}
        # Events leave before the reply: whoever has the reply can rely on them being on their way.
        for name, data in events:
            await nc.publish(f"event.{name}", json.dumps(data).encode())
        await msg.respond(json.dumps(response).encode())

    add("Animal Farm", "George Orwell")
    add("Solaris", "Stanisław Lem")
    for kind in ("access", "get", "call"):
        await nc.subscribe(f"{kind}.bookshelf.>", cb=serve)

    # Whatever a gateway kept from a former run of this service is out of date.
    await nc.publish("system.reset", json.dumps({"resources": ["bookshelf.>"]}).encode())
    await nc.flush()
    print("books: serving bookshelf.books", flush=True)

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await nc.drain()


asyncio.run(main())
