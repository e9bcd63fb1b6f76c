#ifndef RESDEV_CCRYPTO_H
#define RESDEV_CCRYPTO_H

#include <stddef.h>
#include <stdint.h>

/// A function that can fail answers 1 when it has done its work, else 0.

/// The SHA-1 digest of `count` bytes; `digest` has room for 20 (RFC 6455 asks for it in the WebSocket handshake).
void resdev_sha1(const uint8_t *bytes, size_t count, uint8_t *digest);

/// The SHA-256 digest of `count` bytes; `digest` has room for 32.
void resdev_sha256(const uint8_t *bytes, size_t count, uint8_t *digest);

/// A new Ed25519 key pair: a 32-byte seed and a 32-byte public key.
int resdev_ed25519_generate(uint8_t *seed, uint8_t *public_key);

/// The public key that belongs to a 32-byte seed.
int resdev_ed25519_public_key(const uint8_t *seed, uint8_t *public_key);

/// The 64-byte signature of `count` bytes under a 32-byte seed.
int resdev_ed25519_sign(const uint8_t *seed, const uint8_t *bytes, size_t count, uint8_t *signature);

/// 1 when the 64-byte signature of `count` bytes is the public key's.
int resdev_ed25519_verify(
    const uint8_t *public_key, const uint8_t *bytes, size_t count, const uint8_t *signature);

/// 1 when the password belongs to the bcrypt hash of 60 characters. Both end with a zero byte. Takes as long as the
/// hash asks for: about 50 ms at cost 10, twice that with each further step.
int resdev_bcrypt_matches(const char *password, const char *hash);

/// The HMAC-SHA-256 (RFC 2104) of `count` bytes; `digest` has room for 32.
void resdev_hmac_sha256(
    const uint8_t *key, size_t key_count, const uint8_t *bytes, size_t count, uint8_t *digest);

/// `count` bytes derived from a password by scrypt (RFC 7914): cost `n`, a power of two, block size `r`, `p` times.
/// Fails when it would need more than `maximum_memory` bytes.
int resdev_scrypt(
    const uint8_t *password, size_t password_count, const uint8_t *salt, size_t salt_count,
    uint64_t n, uint32_t r, uint32_t p, uint64_t maximum_memory, uint8_t *digest, size_t count);

/// 1 when `count` bytes are equal; takes the same time wherever they differ.
int resdev_equal(const uint8_t *left, const uint8_t *right, size_t count);

#endif
