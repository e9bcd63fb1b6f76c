"""Windows of tables follow the tables: what a client builds from events equals a fresh SQL query, always."""

import os
import random

import pytest

from harness.library import WINDOWS, differences

ADAMS = "library.books?author_id=110&sort=title"
SALMON = {"author_id": 110, "title": "The Salmon of Doubt", "year": 2002, "pages": 284}


async def test_a_new_row_is_added_where_it_belongs(client, http):
    await client.subscribe(ADAMS)
    location = (await http.post("/api/library/books/new", {**SALMON, "title": "Mostly Harmless"})).headers["Location"]
    rid = location.removeprefix("/api/").replace("/", ".")
    name, event, data = await client.next_event()
    assert (name, event, data["idx"], data["value"]) == (ADAMS, "add", 1, {"rid": rid})
    assert data["models"][rid]["title"] == "Mostly Harmless"
    assert [row["title"][:9] for row in client.rows(ADAMS)] == ["Dirk Gent", "Mostly Ha", "The Hitch", "The Resta"]


async def test_a_change_that_moves_a_row_is_change_then_remove_then_add(client, http):
    await client.subscribe(ADAMS)
    await http.patch("/api/library/books/42", {"title": "Zaphod"})
    events = [await client.next_event() for _ in range(3)]
    assert [(rid, event) for rid, event, _ in events] == [
        ("library.books.42", "change"), (ADAMS, "remove"), (ADAMS, "add"),
    ]
    assert events[0][2]["values"] == {"title": "Zaphod"}
    assert (events[1][2]["idx"], events[2][2]["idx"]) == (1, 2)


async def test_a_change_that_moves_nothing_is_only_a_change(client, http):
    await client.subscribe(ADAMS)
    await http.patch("/api/library/books/42", {"pages": 200})
    await http.patch("/api/library/books/42", {"pages": 201})
    assert [await client.next_event() for _ in range(2)] == [
        ("library.books.42", "change", {"values": {"pages": pages}}) for pages in (200, 201)
    ]


async def test_a_write_that_changes_nothing_is_no_event(client, http):
    await client.subscribe("library.books.42")
    pages = client["library.books.42"]["pages"]
    await http.patch("/api/library/books/42", {"pages": pages})
    await http.patch("/api/library/books/42", {})
    await http.patch("/api/library/books/42", {"pages": pages + 1})
    assert await client.next_event() == ("library.books.42", "change", {"values": {"pages": pages + 1}})


async def test_a_write_that_fails_is_no_event(client, http):
    await client.subscribe("library.books.42")
    assert (await http.patch("/api/library/books/42", {"title": "Lost", "pages": 0})).status == 400
    await http.patch("/api/library/books/42", {"pages": 1})
    assert await client.next_event() == ("library.books.42", "change", {"values": {"pages": 1}})


async def test_a_row_that_enters_and_leaves_a_filter_is_added_and_removed(client, http):
    await client.subscribe("library.books?pages__gt=5000")
    await http.patch("/api/library/books/42", {"pages": 6000})
    assert (await client.next_event())[1:] == (
        "add", {"idx": 0, "value": {"rid": "library.books.42"}, "models": {"library.books.42": client["library.books.42"]}},
    )
    await http.patch("/api/library/books/42", {"pages": 200})
    await client.until(lambda: client.collections["library.books?pages__gt=5000"] == [])
    assert client.events[-1][1:] == ("remove", {"idx": 0})


async def test_a_deleted_row_leaves_its_windows_and_is_deleted(client, http):
    location = (await http.post("/api/library/books/new", SALMON)).headers["Location"]
    rid = location.removeprefix("/api/").replace("/", ".")
    await client.subscribe(ADAMS)
    await client.subscribe(rid)
    await http.delete(location)
    events = {(await client.next_event())[:2] for _ in range(2)}
    assert events == {(ADAMS, "remove"), (rid, "delete")}


async def test_a_row_that_drops_out_of_a_full_window_makes_room_for_the_next(client, http):
    query = "library.books?sort=-pages&limit=3"
    await client.subscribe(query)
    first, second, third = client.keys(query)
    await http.patch(f"/api/library/books/{first}", {"pages": 1})
    await client.until(lambda: client.keys(query)[:2] == [second, third] and len(client.keys(query)) == 3)


async def test_the_links_of_a_row_follow_its_foreign_keys(client, http):
    await client.subscribe("library.books.42")
    await http.patch("/api/library/books/42", {"author_id": 1})
    assert (await client.next_event())[2]["values"] == {
        "author_id": 1, "author": {"rid": "library.authors.1", "soft": True},
    }


async def test_JSON_columns_change_as_a_whole(client, http):
    await client.subscribe("library.books.42")
    await http.patch("/api/library/books/42", {"details": {"signed": True}})
    assert (await client.next_event())[2]["values"] == {"details": {"data": {"signed": True}}}
    await http.patch("/api/library/books/42", {"details": None})
    assert (await client.next_event())[2]["values"] == {"details": None}


async def test_generated_columns_change_along(client, http):
    await client.subscribe("library.books.42")
    await http.patch("/api/library/books/42", {"year": 1985})
    assert (await client.next_event())[2]["values"] == {"year": 1985, "decade": 1980}


async def test_the_rows_that_refer_to_a_row_are_live_too(client, http):
    await client.subscribe("library.authors.110.books")
    await http.post("/api/library/books/new", SALMON)
    assert (await client.next_event())[:2] == ("library.authors.110.books", "add")


async def test_a_view_follows_its_tables(client, http):
    ratings = "library.book_ratings?title=Emma"
    before = await client.subscribe(ratings)
    (emma,) = (await http.get("/api/library/books?title=Emma")).json()
    book = emma["model"]["id"]
    used = {row["model"]["member_id"] for row in (await http.get(f"/api/library/reviews?book_id={book}")).json()}
    member = min({1, 2, 3, 4, 5, 6, 7} - used)
    reviews = before[0]["data"]["reviews"] if before else 0
    review = {"book_id": book, "member_id": member, "rating": 4, "written_on": "2025-07-01"}
    await http.post("/api/library/reviews/new", review)
    await client.until(lambda: [row["data"]["reviews"] for row in client.collections[ratings]] == [reviews + 1])


async def test_rows_of_a_table_without_rowid_are_live(client, http):
    genres = "library.book_genres?book_id=42"
    await client.subscribe(genres)
    await http.post("/api/library/book_genres/new", {"book_id": 42, "genre": "classic"})
    name, event, data = await client.next_event()
    assert (name, event, data["idx"], data["value"]) == (genres, "add", 0, {"rid": "library.book_genres.42,classic"})
    await http.delete("/api/library/book_genres/42,classic")
    assert (await client.next_event())[:2] == (genres, "remove")


class Writer:
    """Random writes that mean something: new, changed, moved and deleted rows, now and then one that fails."""

    def __init__(self, seed, http, client):
        self.random = random.Random(seed)
        self.http = http
        self.client = client
        self.created = []

    def book(self):
        r = self.random
        return {
            "author_id": r.choice([92, 92, r.randint(1, 125)]),
            "title": f"{r.choice('ABCDEFGH')} book {r.randrange(10**6)}",
            "year": r.choice([1955, 1965, 1925, r.randint(1800, 2024)]),
            "language": r.choice(["fr", "en", "de"]),
            "pages": r.choice([r.randint(1, 200), r.randint(1, 2000)]),
            "lendable": r.random() < 0.8,
            "details": r.choice([None, {"n": r.randint(1, 3)}, [1, 2]]),
        }

    async def write(self):
        r = self.random
        match r.randrange(8):
            case 0 | 1:
                answer = await self.http.post("/api/library/books/new", self.book())
                assert answer.status == 200, answer.body
                self.created.append(answer.headers["Location"])
            case 2 | 3 | 4:
                changes = self.book()
                names = r.sample(list(changes), r.randint(1, 3))
                path = r.choice([f"/api/library/books/{r.randint(1, 246)}", *self.created])
                answer = await self.http.patch(path, {name: changes[name] for name in names})
                assert answer.status == 204, answer.body
            case 5 if self.created:
                path = self.created.pop(r.randrange(len(self.created)))
                assert (await self.http.delete(path)).status == 204
            case 6:
                await self.client.call(f"library.authors.{r.randint(1, 125)}", "set", {"died": r.choice([2024, 2025])})
            case _:
                key = r.randint(1, 204)
                answer = await self.http.patch(f"/api/library/reviews/{key}", {"rating": r.randint(1, 6)})
                assert answer.status in (204, 400), answer.body


@pytest.mark.timeout(180)
async def test_every_window_equals_its_SQL_after_each_of_many_random_writes(server, connect, http, library_db):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    whole, part = await connect(server), await connect(server)
    for query, _ in WINDOWS:
        await whole.subscribe(query)
    few = WINDOWS[::4]
    for query, _ in few:
        await part.subscribe(query)

    writer = Writer(seed, http, whole)
    for step in range(150):
        await writer.write()
        for client, windows in ((whole, WINDOWS), (part, few)):
            await client.until(
                lambda: not differences(client, library_db, windows),
                lambda: f"SEED={seed}, step {step}: " + "\n".join(differences(client, library_db, windows)),
                seconds=5,
            )
    assert not whole.violations and not part.violations


async def test_windows_that_are_subscribed_while_rows_change_end_up_right(server, connect, http, library_db):
    client = await connect(server)
    writer = Writer(7, http, client)
    for query, _ in WINDOWS:
        await writer.write()
        subscribing = client.send(f"subscribe.{query}", done=lambda result, q=query: (
            client.direct.__setitem__(q, 1), client._take(result)))
        await writer.write()
        await subscribing
    await client.until(
        lambda: not differences(client, library_db), lambda: "\n".join(differences(client, library_db)))
