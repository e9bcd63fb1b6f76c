#include "CCrypto.h"

#include <crypt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rotated(uint32_t word, int bits) {
    return word << bits | word >> (32 - bits);
}

/// One block of 64 bytes (FIPS 180-4, section 6.1.2).
static void sha1_block(uint32_t state[5], const uint8_t *block) {
    uint32_t words[80];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8
            | (uint32_t)block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] = rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);

    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, constant;
        if (i < 20) {
            mixed = (b & c) | (~b & d);
            constant = 0x5A827999;
        } else if (i < 40) {
            mixed = b ^ c ^ d;
            constant = 0x6ED9EBA1;
        } else if (i < 60) {
            mixed = (b & c) | (b & d) | (c & d);
            constant = 0x8F1BBCDC;
        } else {
            mixed = b ^ c ^ d;
            constant = 0xCA62C1D6;
        }
        uint32_t next = rotated(a, 5) + mixed + e + constant + words[i];
        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

// libsodium has no SHA-1, since nothing should be guarded by it. The WebSocket handshake isn't: it only shows that the
// server has read the client's key.
void resdev_sha1(const uint8_t *bytes, size_t count, uint8_t *digest) {
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    size_t done = 0;
    for (; count - done >= 64; done += 64) sha1_block(state, bytes + done);

    // What is left, a one bit, zeros, and the length in bits: one block or two.
    uint8_t tail[128] = {0};
    size_t left = count - done, size = left < 56 ? 64 : 128;
    if (left > 0) memcpy(tail, bytes + done, left);
    tail[left] = 0x80;
    for (int i = 0; i < 8; i++) tail[size - 1 - i] = (uint8_t)((uint64_t)count * 8 >> 8 * i);
    for (size_t block = 0; block < size; block += 64) sha1_block(state, tail + block);

    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

void resdev_sha256(const uint8_t *bytes, size_t count, uint8_t *digest) {
    crypto_hash_sha256(digest, bytes, count);
}

int resdev_ed25519_generate(uint8_t *seed, uint8_t *public_key) {
    if (sodium_init() < 0) return 0;
    randombytes_buf(seed, crypto_sign_ed25519_SEEDBYTES);
    return resdev_ed25519_public_key(seed, public_key);
}

int resdev_ed25519_public_key(const uint8_t *seed, uint8_t *public_key) {
    uint8_t secret_key[crypto_sign_ed25519_SECRETKEYBYTES];
    int done = crypto_sign_ed25519_seed_keypair(public_key, secret_key, seed) == 0;
    sodium_memzero(secret_key, sizeof secret_key);
    return done;
}

int resdev_ed25519_sign(const uint8_t *seed, const uint8_t *bytes, size_t count, uint8_t *signature) {
    uint8_t public_key[crypto_sign_ed25519_PUBLICKEYBYTES], secret_key[crypto_sign_ed25519_SECRETKEYBYTES];
    int done = crypto_sign_ed25519_seed_keypair(public_key, secret_key, seed) == 0
        && crypto_sign_ed25519_detached(signature, NULL, bytes, count, secret_key) == 0;
    sodium_memzero(secret_key, sizeof secret_key);
    return done;
}

int resdev_ed25519_verify(
    const uint8_t *public_key, const uint8_t *bytes, size_t count, const uint8_t *signature) {
    return crypto_sign_ed25519_verify_detached(signature, bytes, count, public_key) == 0;
}

int resdev_bcrypt_matches(const char *password, const char *hash) {
    // Two bits of the salt's last character mean nothing and may come back changed: the digest alone is compared.
    const size_t count = 60, digest = 29;
    if (strlen(hash) != count) return 0;
    void *data = NULL;
    int size = 0;
    const char *made = crypt_ra(password, hash, &data, &size);
    int matches = made != NULL && strlen(made) == count
        && sodium_memcmp(made + digest, hash + digest, count - digest) == 0;
    if (data != NULL) sodium_memzero(data, (size_t)size);
    free(data);
    return matches;
}

void resdev_hmac_sha256(
    const uint8_t *key, size_t key_count, const uint8_t *bytes, size_t count, uint8_t *digest) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_count);
    crypto_auth_hmacsha256_update(&state, bytes, count);
    crypto_auth_hmacsha256_final(&state, digest);
}

int resdev_scrypt(
    const uint8_t *password, size_t password_count, const uint8_t *salt, size_t salt_count,
    uint64_t n, uint32_t r, uint32_t p, uint64_t maximum_memory, uint8_t *digest, size_t count) {
    // The blocks of section 5 of RFC 7914: 128 bytes times r, of which the work needs n, and p for the result.
    const uint64_t block = (uint64_t)r * 128;
    if (block == 0 || n > maximum_memory / block || p > maximum_memory / block - n) return 0;
    return crypto_pwhash_scryptsalsa208sha256_ll(
        password, password_count, salt, salt_count, n, r, p, digest, count) == 0;
}

int resdev_equal(const uint8_t *left, const uint8_t *right, size_t count) {
    return sodium_memcmp(left, right, count) == 0;
}
