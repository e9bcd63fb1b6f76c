"""What a database should look like as resources: the mapping read once more, by Python's sqlite3, as an oracle for tests."""

import base64
import hashlib
import json
import math
import sqlite3
from dataclasses import dataclass, field


def part(name):
    """A name as a part of a resource id."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
    return "".join(chr(byte) if byte in plain else f"~{byte:02X}" for byte in name.encode())


def key_part(values):
    """The key of a row as a part of a resource id; of numbers and texts."""
    return ",".join("~n" if value is None else "~e" if value == "" else part(str(value)) for value in values)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Table:
    name: str
    is_view: bool
    columns: dict  # name: declared type
    key: list  # names of its columns; rowid where none is declared
    links: dict = field(default_factory=dict)  # property: (columns, table)
    reverses: dict = field(default_factory=dict)  # property: (table, columns)

    @property
    def selected(self):
        return [quoted(name) for name in self.columns] + (["rowid"] if self.key == ["rowid"] else [])


class Mapping:
    """A database file as the resources of a service."""

    def __init__(self, path, service):
        self.path, self.service = path, service
        self.tables = {}
        with self.connection() as database:
            for (name, kind) in database.execute(
                "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view') AND name NOT LIKE 'sqlite#_%' ESCAPE '#'"
            ).fetchall():
                rows = database.execute("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1", [name]).fetchall()
                key = [column for column, _, order in sorted(rows, key=lambda row: row[2]) if order]
                is_view = kind == "view"
                self.tables[name] = Table(
                    name, is_view, {column: declared for column, declared, _ in rows}, [] if is_view else key or ["rowid"])
            self._link(database)
        database.close()

    def connection(self):
        return sqlite3.connect(self.path, timeout=5)

    def _link(self, database):
        keys = []
        for table in self.tables.values():
            found = {}
            for number, target, column, to in database.execute(
                'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq', [table.name]
            ):
                found.setdefault(number, (target, [], []))
                found[number][1].append(column)
                found[number][2].append(to)
            keys += [(table, self._named(target), columns) for target, columns, _ in found.values()]
        for table, target, columns in keys:
            name = columns[0][:-3] if columns[0].lower().endswith("_id") else columns[0][:-2] if columns[0][-2:] in ("Id", "ID") else None
            if len(columns) == 1 and name and name not in table.columns:
                table.links[name] = (columns, target)
        for target in self.tables.values():
            for table in self.tables.values():
                referring = [columns for child, parent, columns in keys if child is table and parent is target]
                for columns in referring:
                    taken = {*target.columns, *target.links}
                    is_long = len(referring) > 1 or table.name in taken
                    name = f"{table.name}:{','.join(columns)}" if is_long else table.name
                    target.reverses[name] = (table, columns)

    def _named(self, name):
        return next(table for table in self.tables.values() if table.name.lower() == name.lower())

    def rid(self, table, row):
        """The resource id of a row, which is a dictionary of its columns."""
        return f"{self.service}.{part(table.name)}.{key_part(row[name] for name in table.key)}"

    def rows(self, statement, table):
        """The rows of a table or view that `FROM …` gives."""
        database = self.connection()
        try:
            names = [*table.columns] + (["rowid"] if table.key == ["rowid"] else [])
            return [dict(zip(names, row)) for row in database.execute(f"SELECT {', '.join(table.selected)} FROM {statement}")]
        finally:
            database.close()

    def value(self, table, column, stored, rid):
        """A stored value as the client protocol shows it."""
        declared = table.columns[column].upper()
        if isinstance(stored, bytes):
            if len(stored) <= 1024:
                return {"data": {"$base64": True, "encoded": base64.b64encode(stored).decode()}}
            href = f"/blobs/{rid.replace('.', '/')}/{part(column)}" if rid else None
            digest = hashlib.sha256(stored).hexdigest()
            return {"data": {"$blob": {"size": len(stored), "sha256": digest, "href": href}}}
        if declared in ("BOOLEAN", "BOOL") and stored in (0, 1):
            return bool(stored)
        if declared == "JSON" and stored is not None:
            parsed = json.loads(stored)
            return {"data": parsed} if isinstance(parsed, (dict, list)) else parsed
        if isinstance(stored, float) and math.isinf(stored):
            return "Infinity" if stored > 0 else "-Infinity"
        if isinstance(stored, int) and abs(stored) > 2**53 - 1:
            return str(stored)
        return stored

    def model(self, table, row):
        """The model of a row."""
        rid = self.rid(table, row)
        model = {name: self.value(table, name, row[name], rid) for name in table.columns}
        for name, (columns, target) in table.links.items():
            values = [row[column] for column in columns]
            model[name] = None if None in values else {"rid": f"{self.service}.{part(target.name)}.{key_part(values)}", "soft": True}
        for name in table.reverses:
            model[name] = {"rid": f"{rid}.{part(name)}", "soft": True}
        return model

    def collection(self, table, rows):
        """The collection of these rows."""
        if table.is_view:
            return [{"data": {name: unwrapped(self.value(table, name, row[name], None)) for name in table.columns}} for row in rows]
        return [{"rid": self.rid(table, row)} for row in rows]

    def table_of(self, query):
        """The table whose rows a query of this service is about."""
        parts = query.partition("?")[0].split(".")
        if len(parts) == 1:
            return next(table for table in self.tables.values() if part(table.name) == parts[0])
        parent = self.table_of(parts[0])
        return next(table for name, (table, _) in parent.reverses.items() if part(name) == parts[2])

    def differences(self, client, windows):
        """What in a client's copy of windows, pairs of a query and its SQL, is not as the file has it now."""
        found = []
        for query, statement in windows:
            table, rid = self.table_of(query), f"{self.service}.{query}"
            rows = self.rows(statement, table)
            wanted = self.collection(table, rows)
            if client.collections.get(rid) != wanted:
                found.append(f"{rid}\n  client {client.collections.get(rid)}\n  SQL    {wanted}")
                continue
            for row in rows if not table.is_view else []:
                wanted, got = self.model(table, row), client.models.get(self.rid(table, row), {})
                if wanted != got:
                    wrong = {name: (got.get(name), wanted.get(name)) for name in wanted | got if got.get(name) != wanted.get(name)}
                    found.append(f"{rid}: {self.rid(table, row)} (client, SQL): {wrong}")
        return found


def unwrapped(value):
    """A value within a data value."""
    return value["data"] if isinstance(value, dict) and "data" in value else value
