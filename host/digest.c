#include "host/spec.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <sys/stat.h>

static bool add_file(struct sha256_ctx *sha, const char *path) {
    uint8_t bytes[1 << 14];
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (!f) return false;
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0) sha256_update(sha, n, bytes);
    bool read = !ferror(f);
    fclose(f);
    return read;
}

static bool is_regular(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

void lp_spec_digest(char hex[65], const lp_spec *s) {
    struct sha256_ctx sha;
    uint8_t digest[SHA256_DIGEST_SIZE];
    hex[0] = '\0';
    sha256_init(&sha);
    bool read = add_file(&sha, s->path);
    for (char **word = s->argv ? s->argv + 1 : NULL; word && *word && read; word++)
        if (is_regular(*word)) read = add_file(&sha, *word);
    sha256_digest(&sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest && read; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}
