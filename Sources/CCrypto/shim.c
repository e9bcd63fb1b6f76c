#include "CCrypto.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static int digest_of(const EVP_MD *kind, const uint8_t *bytes, size_t count, uint8_t *digest) {
    return EVP_Digest(bytes, count, digest, NULL, kind, NULL) == 1;
}

int resdev_sha1(const uint8_t *bytes, size_t count, uint8_t *digest) {
    return digest_of(EVP_sha1(), bytes, count, digest);
}

int resdev_sha256(const uint8_t *bytes, size_t count, uint8_t *digest) {
    return digest_of(EVP_sha256(), bytes, count, digest);
}

int resdev_ed25519_generate(uint8_t *seed, uint8_t *public_key) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (key == NULL) return 0;
    size_t seed_count = 32, public_count = 32;
    int done = EVP_PKEY_get_raw_private_key(key, seed, &seed_count) == 1
        && EVP_PKEY_get_raw_public_key(key, public_key, &public_count) == 1;
    EVP_PKEY_free(key);
    return done;
}

int resdev_ed25519_public_key(const uint8_t *seed, uint8_t *public_key) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    if (key == NULL) return 0;
    size_t count = 32;
    int done = EVP_PKEY_get_raw_public_key(key, public_key, &count) == 1;
    EVP_PKEY_free(key);
    return done;
}

int resdev_ed25519_sign(const uint8_t *seed, const uint8_t *bytes, size_t count, uint8_t *signature) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t signature_count = 64;
    int done = key != NULL && context != NULL
        && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestSign(context, signature, &signature_count, bytes, count) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return done;
}

int resdev_ed25519_verify(
    const uint8_t *public_key, const uint8_t *bytes, size_t count, const uint8_t *signature) {
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int valid = key != NULL && context != NULL
        && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestVerify(context, signature, 64, bytes, count) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return valid;
}

int resdev_bcrypt_matches(const char *password, const char *hash) {
    // Two bits of the salt's last character mean nothing and may come back changed: the digest alone is compared.
    const size_t count = 60, digest = 29;
    if (strlen(hash) != count) return 0;
    void *data = NULL;
    int size = 0;
    const char *made = crypt_ra(password, hash, &data, &size);
    int matches = made != NULL && strlen(made) == count
        && CRYPTO_memcmp(made + digest, hash + digest, count - digest) == 0;
    if (data != NULL) OPENSSL_cleanse(data, (size_t)size);
    free(data);
    return matches;
}

int resdev_hmac_sha256(
    const uint8_t *key, size_t key_count, const uint8_t *bytes, size_t count, uint8_t *digest) {
    size_t digest_count = 0;
    return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_count, bytes, count, digest, 32, &digest_count) != NULL
        && digest_count == 32;
}

int resdev_scrypt(
    const uint8_t *password, size_t password_count, const uint8_t *salt, size_t salt_count,
    uint64_t n, uint32_t r, uint32_t p, uint64_t maximum_memory, uint8_t *digest, size_t count) {
    return EVP_PBE_scrypt(
        (const char *)password, password_count, salt, salt_count, n, r, p, maximum_memory, digest, count) == 1;
}

int resdev_equal(const uint8_t *left, const uint8_t *right, size_t count) {
    return CRYPTO_memcmp(left, right, count) == 0;
}
