#ifndef CCONSOLE_H
#define CCONSOLE_H

#include <stddef.h>

/// A file of the console, as it is in the executable for as long as that runs.
struct console_file {
    /// The path at which it is served, as `/console/console.css`.
    const char *path;
    const unsigned char *bytes;
    size_t length;
};

/// How many files the console has.
size_t console_file_count(void);

/// The file of that index, or a null pointer beyond the last.
const struct console_file *console_file_at(size_t index);

#endif
