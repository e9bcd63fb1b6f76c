"""How rows get into the databases of this folder."""


def insert(database, table, rows):
    """Inserts tuples of all columns that are stored."""
    rows = list(rows)
    database.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows)


def day(random, first=2020, last=2024):
    """A date as text."""
    return f"{random.randint(first, last)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def moment(random, first=2020, last=2024):
    """A date and a time as text."""
    return f"{day(random, first, last)} {random.randint(0, 23):02}:{random.randint(0, 59):02}:00"


def words(random, vocabulary, count):
    """Some words in one text."""
    return " ".join(random.choice(vocabulary) for _ in range(count))
