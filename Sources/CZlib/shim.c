#include "CZlib.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct resdev_zstream {
    z_stream z;
};

// zlib counts in unsigned int: longer stretches are taken in several calls.
static uInt at_most(size_t count) { return count > UINT_MAX ? UINT_MAX : (uInt)count; }

static void set_buffers(z_stream *z, const uint8_t *input, size_t count, uint8_t *output, size_t room) {
    z->next_in = (Bytef *)input;
    z->avail_in = at_most(count);
    z->next_out = output;
    z->avail_out = at_most(room);
}

static resdev_zresult result(z_stream *z, size_t count, size_t room, int code) {
    resdev_zresult done = {at_most(count) - z->avail_in, at_most(room) - z->avail_out, 0};
    // Without room or input zlib reports that it could not go on, which is no fault of the stream.
    if (code == Z_STREAM_END) done.status = 1;
    else if (code != Z_OK && code != Z_BUF_ERROR) done.status = -1;
    return done;
}

resdev_zstream *resdev_deflate_new(int window_bits, int memory_level, int level) {
    resdev_zstream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) return NULL;
    if (deflateInit2(&stream->z, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

resdev_zresult resdev_deflate(
    resdev_zstream *stream, const uint8_t *input, size_t count, uint8_t *output, size_t room) {
    set_buffers(&stream->z, input, count, output, room);
    return result(&stream->z, count, room, deflate(&stream->z, Z_SYNC_FLUSH));
}

void resdev_deflate_reset(resdev_zstream *stream) { deflateReset(&stream->z); }

void resdev_deflate_free(resdev_zstream *stream) {
    deflateEnd(&stream->z);
    free(stream);
}

resdev_zstream *resdev_inflate_new(int window_bits) {
    resdev_zstream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) return NULL;
    if (inflateInit2(&stream->z, -window_bits) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

resdev_zresult resdev_inflate(
    resdev_zstream *stream, const uint8_t *input, size_t count, uint8_t *output, size_t room) {
    set_buffers(&stream->z, input, count, output, room);
    return result(&stream->z, count, room, inflate(&stream->z, Z_SYNC_FLUSH));
}

void resdev_inflate_reset(resdev_zstream *stream) { inflateReset(&stream->z); }

void resdev_inflate_free(resdev_zstream *stream) {
    inflateEnd(&stream->z);
    free(stream);
}
