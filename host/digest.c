#include "host/spec.h"

#include <nettle/sha2.h>
#include <stdio.h>

void lp_file_digest(char hex[65], const char *path) {
    struct sha256_ctx sha;
    uint8_t bytes[1 << 14], digest[SHA256_DIGEST_SIZE];
    size_t n;
    hex[0] = '\0';
    FILE *f = fopen(path, "rbe");
    if (!f) return;
    sha256_init(&sha);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0) sha256_update(&sha, n, bytes);
    sha256_digest(&sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest && !ferror(f); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    fclose(f);
}
