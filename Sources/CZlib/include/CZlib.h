#ifndef RESDEV_CZLIB_H
#define RESDEV_CZLIB_H

#include <stddef.h>
#include <stdint.h>

/// A raw DEFLATE stream (RFC 1951) in one direction. Its memory is zlib's: while compressing about
/// 2^(window bits + 2) + 2^(memory level + 9) bytes, while decompressing 2^(window bits) and 7 KiB.
typedef struct resdev_zstream resdev_zstream;

/// How one call went.
typedef struct {
    /// Bytes of input that were taken.
    size_t consumed;
    /// Bytes of output that were written.
    size_t produced;
    /// 0 as long as the stream is sound, 1 at its end, -1 when the input is no such stream.
    int status;
} resdev_zresult;

/// A compressor, or NULL without memory. Window bits 9 to 15, memory level 1 to 9, level 1 to 9.
resdev_zstream *resdev_deflate_new(int window_bits, int memory_level, int level);

/// Compresses, up to a byte boundary with all input in the output (a sync flush) as soon as there is room for it: call
/// again with more room while `produced` fills the room.
resdev_zresult resdev_deflate(
    resdev_zstream *stream, const uint8_t *input, size_t count, uint8_t *output, size_t room);

/// Forgets what was compressed before.
void resdev_deflate_reset(resdev_zstream *stream);

void resdev_deflate_free(resdev_zstream *stream);

/// A decompressor, or NULL without memory. Window bits 8 to 15.
resdev_zstream *resdev_inflate_new(int window_bits);

/// Decompresses as far as input and room allow.
resdev_zresult resdev_inflate(
    resdev_zstream *stream, const uint8_t *input, size_t count, uint8_t *output, size_t room);

/// Forgets what was decompressed before.
void resdev_inflate_reset(resdev_zstream *stream);

void resdev_inflate_free(resdev_zstream *stream);

#endif
