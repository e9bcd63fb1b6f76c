"""Another process that writes: sets a row's stamp to the time, in microseconds since 1970, until it is killed.

writer.py DATABASE ROW CHANGES_PER_SECOND
"""

import sqlite3
import sys
import time

path, row, rate = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
database = sqlite3.connect(path, isolation_level=None, timeout=10)
database.execute("PRAGMA synchronous=NORMAL")
while True:
    database.execute("UPDATE items SET stamp = ? WHERE id = ?", (time.time_ns() // 1000, row))
    time.sleep(1 / rate)
