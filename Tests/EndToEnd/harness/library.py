"""What the sample library holds, as a client should see it."""

import json
import sqlite3

COLUMNS = {
    "authors": "id name born died country",
    "books": "id author_id title year decade language pages subjects lendable details",
    "members": "id name email joined active preferences",
    "loans": "id book_id member_id borrowed_on due_on returned_on",
    "reviews": "id book_id member_id rating text written_on",
}
BOOLEAN = {"lendable", "active"}
JSON = {"details", "preferences"}
# Windows of the tables, each as a query and as the SQL it stands for.
WINDOWS = [
    ("library.books?author_id=92", "books WHERE author_id = 92 ORDER BY id LIMIT 100"),
    ("library.books?language=fr&sort=title", "books WHERE language = 'fr' ORDER BY title, id LIMIT 100"),
    ("library.books?sort=-pages&limit=5", "books ORDER BY pages DESC, id LIMIT 5"),
    ("library.books?sort=year,title&start=10&limit=10", "books ORDER BY year, title, id LIMIT 10 OFFSET 10"),
    ("library.books?year__gte=1950&year__lt=1970&sort=-year&limit=20",
     "books WHERE year >= 1950 AND year < 1970 ORDER BY year DESC, id LIMIT 20"),
    ("library.books?lendable=false", "books WHERE lendable = 0 ORDER BY id LIMIT 100"),
    ("library.books?details__isnull=false&sort=-id&limit=7",
     "books WHERE details IS NOT NULL ORDER BY id DESC LIMIT 7"),
    ("library.books?decade=1920&sort=title", "books WHERE decade = 1920 ORDER BY title, id LIMIT 100"),
    ("library.books?pages__lt=150", "books WHERE pages < 150 ORDER BY id LIMIT 100"),
    ("library.books?limit=10", "books ORDER BY id LIMIT 10"),
    ("library.authors?died__isnull=true&sort=-born", "authors WHERE died IS NULL ORDER BY born DESC, id LIMIT 100"),
    ("library.authors?sort=died&limit=30", "authors ORDER BY died, id LIMIT 30"),
    ("library.reviews?rating=5&sort=-written_on&limit=10",
     "reviews WHERE rating = 5 ORDER BY written_on DESC, id LIMIT 10"),
]


def rid(table, key):
    return f"library.{table}.{key}"


def value(column, stored):
    """A stored value as the client protocol shows it."""
    if column in BOOLEAN and stored in (0, 1):
        return bool(stored)
    if column in JSON and stored is not None:
        parsed = json.loads(stored)
        return {"data": parsed} if isinstance(parsed, (dict, list)) else parsed
    return stored


def window(path, statement):
    """The rows that the SQL behind a window gives now, each as a dictionary of its columns."""
    columns = COLUMNS[statement.split()[0]].split()
    database = sqlite3.connect(path)
    try:
        rows = database.execute(f"SELECT {', '.join(columns)} FROM {statement}").fetchall()
    finally:
        database.close()
    return [{name: value(name, stored) for name, stored in zip(columns, row)} for row in rows]


def differences(client, path, windows=WINDOWS):
    """What in a client's copy is not as the file has it now."""
    found = []
    for query, statement in windows:
        expected = window(path, statement)
        table = statement.split()[0]
        if client.collections[query] != [{"rid": rid(table, row["id"])} for row in expected]:
            keys = [int(key) for key in client.keys(query)]
            found.append(f"{query}\n  client {keys}\n  SQL    {[row['id'] for row in expected]}")
            continue
        for row in expected:
            copy = client.models[rid(table, row["id"])]
            wrong = {name: (copy.get(name), row[name]) for name in row if copy.get(name) != row[name]}
            if wrong:
                found.append(f"{query}: {rid(table, row['id'])} (client, SQL): {wrong}")
    return found
