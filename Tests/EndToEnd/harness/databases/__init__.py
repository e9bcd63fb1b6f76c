"""Databases of the shapes that everybody knows, with schemas of our own and rows from a seed."""

import random
import sqlite3

from harness.databases import chinook, northwind, sakila

SHAPES = {"chinook": chinook, "northwind": northwind, "sakila": sakila}


def make(name, path, seed=1, journal="wal"):
    """Makes the database of that shape at a path."""
    shape = SHAPES[name]
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA journal_mode = {journal}")
    database.executescript(shape.SCHEMA)
    with database:
        shape.fill(database, random.Random(seed))
    assert not database.execute("PRAGMA foreign_key_check").fetchall()
    database.close()
    return path

