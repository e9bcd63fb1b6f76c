#ifndef RESDEV_CSQLITE_H
#define RESDEV_CSQLITE_H

// The library has the hook compiled in; its header declares it only when this is defined.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>

/// Binds text that SQLite copies before it returns.
int resdev_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count);

/// Binds a blob that SQLite copies before it returns.
int resdev_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count);

/// From now on the process survives it when somebody cuts off the file `-shm` of a database with a write-ahead log.
void resdev_guard_index(const char *database);

/// How often that has happened. A transaction in which it has may have read what is old, and must not be committed.
unsigned resdev_index_faults(void);

#endif
