#ifndef RESDEV_CSQLITE_H
#define RESDEV_CSQLITE_H

// The library has the hook compiled in; its header declares it only when this is defined.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>

/// Binds text that SQLite copies before it returns.
int resdev_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count);

/// Binds a blob that SQLite copies before it returns.
int resdev_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count);

#endif
