/* Notes, in one order, what a process does to the files of one folder and what it sends to others; and lets calls fail.

   cc -shared -fPIC -O2 -o recorder.so recorder.c -lpthread, then LD_PRELOAD=recorder.so and

   RECORDER_FOLDER   the folder, as an absolute path without links in it
   RECORDER_TRACE    where the notes go: appended, so that several processes share one order
   RECORDER_FAIL     what shall fail: KIND:N:HOW, several separated by commas. KIND is write, sync, truncate, open,
                     rename or unlink; the N-th of its kind fails, or with N+ that one and all after it. HOW is EIO,
                     ENOSPC, or short (a write of half of what was asked).

   Each note is a Note, a path and content. A change is noted together with the call that makes it, under one lock. Of a
   sync its beginning and its end are noted: what was written before it began is on the disk when it has ended. What is
   sent is noted before it is sent. Shared memory (-shm) is left out: nobody relies on it after a cut. Other files that
   are mapped and written (the mark) are compared with what they held at each note, and what has changed is noted
   before it: between two notes nobody else could have seen the difference. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define MOST_MAPS 16
#define MOST_SENT 65536
#define MOST_FAILURES 8
#define TRACE_AT 900

typedef struct __attribute__((packed)) {
    char magic, kind;
    uint16_t path;
    uint32_t content, process;
    uint64_t inode, at, more;
} Note;

enum { WRITE, SYNC, TRUNCATE, OPEN, RENAME, UNLINK, KINDS };
static const char *const KIND[KINDS] = {"write", "sync", "truncate", "open", "rename", "unlink"};

typedef struct { int kind, is_on, error; uint64_t n; } Failure;
typedef struct { char *at; size_t size; uint64_t inode; char *before; } Map;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char folder[4096];
static uint64_t inodes[MOST_FILES]; /* by descriptor; 0: none of ours */
static char is_folder[MOST_FILES];
static Map maps[MOST_MAPS];
static Failure failures[MOST_FAILURES];
static int failure_count;
static uint64_t counts[KINDS], syncs;

static void put(char kind, uint64_t inode, uint64_t at, uint64_t more, const char *path, const void *content, size_t size)
{
    Note note = {'R', kind, path ? strlen(path) : 0, size, getpid(), inode, at, more};
    struct iovec parts[3] = {{&note, sizeof note}, {(void *)path, note.path}, {(void *)content, size}};
    int before = errno;
    size_t whole = sizeof note + note.path + size;
    if (syscall(SYS_writev, trace, parts, 3) != (ssize_t)whole)
        abort(); /* a record with a hole in it proves nothing */
    errno = before;
}

static void put_mapped(void)
{
    for (Map *map = maps; map < maps + MOST_MAPS; map++)
        if (map->at && memcmp(map->at, map->before, map->size)) {
            memcpy(map->before, map->at, map->size);
            put('w', map->inode, 0, 1, NULL, map->before, map->size);
        }
}

static void begin(void)
{
    pthread_mutex_lock(&lock);
    put_mapped();
}

static void end(void)
{
    int before = errno;
    pthread_mutex_unlock(&lock);
    errno = before;
}

/* -1: it goes on; else the error it fails with, 0 for a short write. */
static int failing(int kind)
{
    uint64_t n = ++counts[kind];
    put('c', 0, n, 0, KIND[kind], NULL, 0);
    for (Failure *each = failures; each < failures + failure_count; each++)
        if (each->kind == kind && (n == each->n || (each->is_on && n > each->n))) {
            put('x', 0, n, each->error, KIND[kind], NULL, 0);
            return each->error;
        }
    return -1;
}

static int is_ours(int fd) { return trace >= 0 && fd >= 0 && fd < MOST_FILES && inodes[fd]; }

/* The path in the folder, or NULL. */
static const char *within(const char *path, char *whole)
{
    if (trace < 0 || !path)
        return NULL;
    if (path[0] == '/')
        snprintf(whole, 4096, "%s", path);
    else {
        if (!getcwd(whole, 2048))
            return NULL;
        size_t length = strlen(whole);
        snprintf(whole + length, 4096 - length, "/%s", path);
    }
    size_t length = strlen(folder), all = strlen(whole);
    if (strncmp(whole, folder, length) || (whole[length] && whole[length] != '/'))
        return NULL;
    if (all > 4 && !strcmp(whole + all - 4, "-shm"))
        return NULL;
    return whole;
}

static int failed(int error)
{
    errno = error;
    return -1;
}

static int opened(int at, const char *path, int flags, mode_t mode)
{
    char whole[4096];
    const char *ours = within(path, whole);
    if (!ours || at != AT_FDCWD)
        return syscall(SYS_openat, at, path, flags, mode);
    begin();
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    int error = writes ? failing(OPEN) : -1;
    int fd = error >= 0 ? failed(error ? error : EIO) : (int)syscall(SYS_openat, at, path, flags, mode);
    struct stat found;
    if (fd >= 0 && fd < MOST_FILES && !fstat(fd, &found)) {
        inodes[fd] = found.st_ino;
        is_folder[fd] = S_ISDIR(found.st_mode);
        put('o', found.st_ino, !!(flags & O_TRUNC), writes, ours, NULL, 0);
    }
    end();
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd)
{
    if (fd == trace && trace >= 0)
        return 0;
    if (is_ours(fd)) {
        begin();
        inodes[fd] = 0;
        int found = syscall(SYS_close, fd);
        end();
        return found;
    }
    return syscall(SYS_close, fd);
}

static ssize_t written(int fd, const void *content, size_t size, off_t at)
{
    begin();
    if (at < 0)
        at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    int error = failing(WRITE);
    ssize_t found;
    if (error > 0)
        found = failed(error);
    else {
        found = syscall(SYS_pwrite64, fd, content, error ? size : size / 2, at);
        if (found > 0) {
            put('w', inodes[fd], at, 0, NULL, content, found);
        }
    }
    end();
    return found;
}

ssize_t pwrite64(int fd, const void *content, size_t size, off64_t at)
{
    return is_ours(fd) ? written(fd, content, size, at) : syscall(SYS_pwrite64, fd, content, size, at);
}

ssize_t pwrite(int fd, const void *content, size_t size, off_t at) { return pwrite64(fd, content, size, at); }

static void sent(int fd, const void *content, size_t size)
{
    struct sockaddr_in6 peer, own;
    socklen_t length = sizeof peer, own_length = sizeof own;
    if (trace < 0 || getpeername(fd, (struct sockaddr *)&peer, &length))
        return;
    if (getsockname(fd, (struct sockaddr *)&own, &own_length))
        return;
    if (peer.sin6_family != AF_INET && peer.sin6_family != AF_INET6)
        return;
    begin();
    put('n', ntohs(own.sin6_port), ntohs(peer.sin6_port), size, NULL, content, size < MOST_SENT ? size : MOST_SENT);
    end();
}

ssize_t write(int fd, const void *content, size_t size)
{
    if (!is_ours(fd))
        return syscall(SYS_write, fd, content, size);
    ssize_t found = written(fd, content, size, -1);
    if (found > 0)
        lseek(fd, found, SEEK_CUR);
    return found;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t whole = 0;
    if (!is_ours(fd))
        return syscall(SYS_writev, fd, parts, count);
    for (int each = 0; each < count; each++) {
        ssize_t found = write(fd, parts[each].iov_base, parts[each].iov_len);
        if (found < 0)
            return whole ? whole : found;
        whole += found;
        if (found < (ssize_t)parts[each].iov_len)
            break;
    }
    return whole;
}

ssize_t send(int fd, const void *content, size_t size, int flags)
{
    sent(fd, content, size);
    return syscall(SYS_sendto, fd, content, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    for (size_t each = 0; each < message->msg_iovlen; each++)
        sent(fd, message->msg_iov[each].iov_base, message->msg_iov[each].iov_len);
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* Both would write past us; whoever asks for them copies by hand then. */
ssize_t sendfile(int to, int from, off_t *at, size_t size)
{
    return is_ours(to) ? failed(EINVAL) : syscall(SYS_sendfile, to, from, at, size);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) { return sendfile(to, from, at, size); }

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *into, size_t size, unsigned flags)
{
    return is_ours(to) ? failed(EINVAL) : syscall(SYS_copy_file_range, from, at, to, into, size, flags);
}

int ftruncate64(int fd, off64_t size)
{
    if (!is_ours(fd))
        return syscall(SYS_ftruncate, fd, size);
    begin();
    int error = failing(TRUNCATE);
    int found = error >= 0 ? failed(error ? error : EIO) : (int)syscall(SYS_ftruncate, fd, size);
    if (!found)
        put('t', inodes[fd], size, 0, NULL, NULL, 0);
    end();
    return found;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fallocate64(int fd, int mode, off64_t at, off64_t size)
{
    if (!is_ours(fd))
        return syscall(SYS_fallocate, fd, mode, at, size);
    return failed(EOPNOTSUPP);
}

int fallocate(int fd, int mode, off_t at, off_t size) { return fallocate64(fd, mode, at, size); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { return fallocate64(fd, 0, at, size) ? errno : 0; }
int posix_fallocate(int fd, off_t at, off_t size) { return fallocate64(fd, 0, at, size) ? errno : 0; }

static int synced(int fd, long number)
{
    begin();
    uint64_t inode = inodes[fd], sync = ++syncs;
    int error = failing(SYNC);
    put('s', inode, sync, is_folder[fd], NULL, NULL, 0);
    end();
    int found = error >= 0 ? failed(error ? error : EIO) : (int)syscall(number, fd);
    begin();
    put('S', inode, sync, found ? errno : 0, NULL, NULL, 0);
    end();
    return found;
}

int fsync(int fd) { return is_ours(fd) ? synced(fd, SYS_fsync) : syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return is_ours(fd) ? synced(fd, SYS_fdatasync) : syscall(SYS_fdatasync, fd); }

/* It promises nothing of what a file's size is, so it counts for nothing here. */
int sync_file_range(int fd, off64_t at, off64_t size, unsigned flags)
{
    return syscall(SYS_sync_file_range, fd, at, size, flags);
}

static int renamed(const char *from, const char *to)
{
    char first[4096], second[4096], both[8192];
    const char *source = within(from, first), *target = within(to, second);
    if (!source && !target)
        return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    begin();
    int error = failing(RENAME);
    int found = error >= 0 ? failed(error ? error : EIO) : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!found) {
        size_t size = snprintf(both, sizeof both, "%s%c%s", source ? source : "", 0, target ? target : "");
        put('r', 0, 0, 0, NULL, both, size);
    }
    end();
    return found;
}

int rename(const char *from, const char *to) { return renamed(from, to); }

int renameat(int first, const char *from, int second, const char *to)
{
    if (first == AT_FDCWD && second == AT_FDCWD)
        return renamed(from, to);
    return syscall(SYS_renameat2, first, from, second, to, 0);
}

int link(const char *from, const char *to)
{
    char whole[4096];
    if (within(to, whole))
        return failed(EPERM); /* nobody does so in a store's folder */
    return syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    char whole[4096];
    const char *ours = within(path, whole);
    if (!ours)
        return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    begin();
    int error = failing(UNLINK);
    int found = error >= 0 ? failed(error ? error : EIO) : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!found)
        put('u', 0, 0, 0, ours, NULL, 0);
    end();
    return found;
}

int unlinkat(int at, const char *path, int flags)
{
    return at == AT_FDCWD && !flags ? unlink(path) : syscall(SYS_unlinkat, at, path, flags);
}

void *mmap64(void *near, size_t size, int protection, int flags, int fd, off64_t at)
{
    void *found = (void *)syscall(SYS_mmap, near, size, protection, flags, fd, at);
    if (found == MAP_FAILED || !is_ours(fd) || !(protection & PROT_WRITE) || !(flags & MAP_SHARED))
        return found;
    begin();
    for (Map *map = maps; map < maps + MOST_MAPS; map++)
        if (!map->at) {
            *map = (Map){found, size, inodes[fd], malloc(size)};
            memcpy(map->before, found, size);
            put('m', inodes[fd], size, 0, NULL, NULL, 0);
            break;
        }
    end();
    return found;
}

void *mmap(void *near, size_t size, int protection, int flags, int fd, off_t at)
{
    return mmap64(near, size, protection, flags, fd, at);
}

int munmap(void *at, size_t size)
{
    for (Map *map = maps; map < maps + MOST_MAPS; map++)
        if (trace >= 0 && map->at == at) {
            begin();
            map->at = NULL;
            free(map->before);
            end();
        }
    return syscall(SYS_munmap, at, size);
}

static void read_failures(const char *text)
{
    char kind[16], how[16], plus[2] = "";
    unsigned long long n;
    for (; text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL) {
        plus[0] = 0;
        if (sscanf(text, "%15[a-z]:%llu%1[+]:%15[A-Za-z]", kind, &n, plus, how) != 4 &&
            sscanf(text, "%15[a-z]:%llu:%15[A-Za-z]", kind, &n, how) != 3)
            abort();
        Failure found = {-1, plus[0] == '+', !strcmp(how, "ENOSPC") ? ENOSPC : !strcmp(how, "EIO") ? EIO : 0, n};
        for (int each = 0; each < KINDS; each++)
            if (!strcmp(kind, KIND[each]))
                found.kind = each;
        if (found.kind < 0 || failure_count == MOST_FAILURES)
            abort();
        failures[failure_count++] = found;
    }
}

__attribute__((constructor)) static void prepare(void)
{
    const char *where = getenv("RECORDER_FOLDER"), *to = getenv("RECORDER_TRACE");
    if (!where || !to)
        return;
    snprintf(folder, sizeof folder, "%s", where);
    int fd = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        abort();
    int high = fcntl(fd, F_DUPFD_CLOEXEC, TRACE_AT);
    syscall(SYS_close, fd);
    read_failures(getenv("RECORDER_FAIL"));
    trace = high;
}
