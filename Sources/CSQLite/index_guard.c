#define _GNU_SOURCE
#include "CSQLite.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The index of a write-ahead log is a file that every process has in its memory. Who cuts that file off takes the memory
// away, and the kernel answers the next access with SIGBUS. SQLite has no defence. Here the file gets its length back, so
// that the access finds zeros: for SQLite that is an index which is to be built anew from the log, under its own locks.
// What may have been read meanwhile is not to be relied on: see `resdev_index_faults`.

enum { MAXIMUM_FILES = 64 };

static const off_t REGION = 32768;
static const off_t MAXIMUM_LENGTH = 64 << 20;

// Written by `resdev_guard_index` alone, each place once, before the count covers it.
static char *files[MAXIMUM_FILES];
static off_t lengths[MAXIMUM_FILES];
static atomic_int file_count;
static atomic_uint fault_count;
static struct sigaction previous;
static atomic_flag is_busy = ATOMIC_FLAG_INIT;

/// Gives files that are shorter than they were their length back; whether there was one. Calls only what a handler may.
static int restore(void) {
    int restored = 0, count = atomic_load(&file_count);
    for (int index = 0; index < count; index++) {
        struct stat status;
        if (stat(files[index], &status) != 0 || status.st_size >= lengths[index]) continue;
        if (truncate(files[index], lengths[index]) == 0) restored = 1;
    }
    if (restored) return 1;
    // Longer than any is known to have been: an index grows with its log.
    for (int index = 0; index < count; index++) {
        if (lengths[index] >= MAXIMUM_LENGTH) continue;
        lengths[index] *= 2;
        restored = 1;
    }
    return restored;
}

static void handle(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    atomic_fetch_add(&fault_count, 1);
    // Where nothing helps, the access that follows ends the process as if this were not here.
    if (!restore()) sigaction(SIGBUS, &previous, NULL);
}

void resdev_guard_index(const char *database) {
    char whole[PATH_MAX];
    if (realpath(database, whole) == NULL) return;
    size_t size = strlen(whole) + sizeof "-shm";
    char *path = malloc(size);
    if (path == NULL) return;
    memcpy(path, whole, strlen(whole) + 1);
    strcat(path, "-shm");
    while (atomic_flag_test_and_set(&is_busy)) usleep(100);
    int count = atomic_load(&file_count), isKnown = 0;
    for (int index = 0; index < count; index++) isKnown |= strcmp(files[index], path) == 0;
    if (isKnown || count == MAXIMUM_FILES) {
        free(path);
    } else {
        files[count] = path;
        lengths[count] = REGION;
        atomic_store(&file_count, count + 1);
        if (count == 0) {
            struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER};
            sigaction(SIGBUS, &action, &previous);
        }
    }
    atomic_flag_clear(&is_busy);
}

unsigned resdev_index_faults(void) { return atomic_load(&fault_count); }
