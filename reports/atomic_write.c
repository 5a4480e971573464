#include "reports/atomic_write.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        data += done;
        length -= (size_t)done;
    }
    return true;
}

static bool failed(lp_error *err, const char *path, const char *what) {
    return lp_error_set(err, "%s: cannot %s: %s", path, what, strerror(errno));
}

static bool write_in_place(const char *path, const char *data, size_t length, lp_error *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return failed(err, path, "open");
    bool written = write_all(fd, data, length);
    if (!written) failed(err, path, "write");
    if (close(fd) != 0 && written) return failed(err, path, "close");
    return written;
}

/* mkstemp makes files that only their owner reads; a report is as readable as any other file. */
static bool finish(int fd) {
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0;
}

/* Without this a crash of the machine could forget the rename. Not every file system can do it. */
static void sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? lp_memory_text(path) : lp_memory_text(".");
    if (slash) folder[slash == path ? 1 : slash - path] = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

static bool write_beside(const char *path, char *temporary, const char *data, size_t length,
                         lp_error *err) {
    int fd = mkstemp(temporary);
    if (fd < 0) return failed(err, path, "make a file beside it");
    bool good = (write_all(fd, data, length) && finish(fd)) || failed(err, path, "write");
    if (close(fd) != 0 && good) good = failed(err, path, "close");
    if (good && rename(temporary, path) != 0) good = failed(err, path, "replace");
    if (!good) unlink(temporary);
    return good;
}

bool lp_write_file(const char *path, const char *data, size_t length, lp_error *err) {
    struct stat is;
    if (stat(path, &is) == 0 && !S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
        return write_in_place(path, data, length, err);
    size_t room = strlen(path) + sizeof ".XXXXXX";
    char *temporary = lp_memory_zeros(room, 1);
    snprintf(temporary, room, "%s.XXXXXX", path);
    bool good = write_beside(path, temporary, data, length, err);
    if (good) sync_folder(path);
    free(temporary);
    return good;
}
