/* bind(2) makes a file, and the file remains if the program dies. The next bind(2) at the path
 * fails with EADDRINUSE, whatever is there: a stale socket that no process has open, a socket of a
 * running program, or an ordinary file. Only a stale socket may be removed.
 *
 * Detection. lstat() distinguishes a socket from anything else, including a symbolic link, which
 * is not followed. A connect() with a datagram socket shows whether a process has the socket open,
 * without disturbing that process: the kernel looks for the socket that is bound to the file and
 * returns ECONNREFUSED if there is none, and EPROTOTYPE if there is one of another type. A
 * connect() with a stream socket would also return ECONNREFUSED for a socket that is bound but
 * does not listen yet, and every server is in this state for a moment.
 *
 * Races. Between the check and the unlink() the file may be replaced: if two servers start on the
 * path of a dead one, both see a stale socket, and the slower one would remove the socket of the
 * faster one. So the check, the unlink() and the bind() happen under flock(2) on the directory,
 * and the check is repeated under the lock. The lock is only needed if there is something to
 * replace. A bind() at a free path needs none, because the kernel lets only one bind() succeed.
 *
 * Other programs may hold the lock, so the wait for it is limited, because it blocks the loop.
 * Without the lock nothing is removed.
 *
 * Removal. The file is removed while the socket is still open, so that no program that follows
 * these rules can have replaced it, and so that its inode number cannot have been reused for
 * another file. A forked child must not remove the file while the parent listens. But the parent
 * of a daemon has ended. So the child closes its descriptor first, and then removes the file like
 * any stale one. */
#include "unix_path.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* For the lock. A program that follows these rules holds it for less than a millisecond. */
enum { MOST_ATTEMPTS = 100, ATTEMPT_MS = 1 };

static bool has_file(const bighti_socket_address *address)
{
    return address->of.any.sa_family == AF_UNIX && address->of.un.sun_path[0] != '\0';
}

/* -- Examining the path -- */

static const char *name_of_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return ", where there is an ordinary file";
    case S_IFDIR:
        return ", where there is a directory";
    case S_IFIFO:
        return ", where there is a named pipe";
    case S_IFLNK:
        return ", where there is a symbolic link";
    default:
        return ", where there is a device";
    }
}

/* Whether a process has the socket open; a negative errno if that cannot be determined. */
static int socket_is_bound(const bighti_socket_address *address)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = 1;

    if (fd < 0)
        return -errno;
    if (connect(fd, &address->of.any, address->size) != 0 && errno != EPROTOTYPE)
        result = errno == ECONNREFUSED ? 0 : -errno;
    close(fd);
    return result;
}

/* Returns 0 for a stale socket, or if there is no file: then st_ino is 0. */
static int look_at_path(const bighti_socket_address *address, struct stat *found, const char **why)
{
    int bound;

    *found = (struct stat){.st_ino = 0};
    if (lstat(address->of.un.sun_path, found) != 0)
        return errno == ENOENT ? 0 : -EADDRINUSE;
    if (!S_ISSOCK(found->st_mode)) {
        *why = name_of_kind(found->st_mode);
        return -EADDRINUSE;
    }
    bound = socket_is_bound(address);
    if (bound == 0)
        return 0;
    *why = bound > 0 ? ", where there is a socket that another program uses"
                     : ", where there is a socket that may be in use";
    return -EADDRINUSE;
}

static bool is_at_path(const char *path, dev_t device, ino_t inode)
{
    struct stat now;

    return lstat(path, &now) == 0 && S_ISSOCK(now.st_mode) && now.st_dev == device &&
           now.st_ino == inode;
}

/* -- The lock -- */

static int open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    if (slash == NULL)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if ((size_t)(slash - path) + 2 > sizeof(folder))
        return -1;
    snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path);
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool wait_for_lock(int fd)
{
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        poll(NULL, 0, ATTEMPT_MS);
    }
    errno = EWOULDBLOCK;
    return false;
}

/* Returns the descriptor that holds the lock, or -1 and sets the reason. */
static int lock_folder(const char *path, const char **why)
{
    int fd = open_folder(path);

    if (fd >= 0 && wait_for_lock(fd))
        return fd;
    *why = fd >= 0 && errno == EWOULDBLOCK
               ? ", where there is an unused socket in a directory that another program has locked"
               : ", where there is an unused socket in a directory that cannot be locked";
    if (fd >= 0)
        close(fd);
    return -1;
}

/* A child that was forked meanwhile has the descriptor too, so closing ours would not unlock. */
static void unlock_folder(int fd)
{
    flock(fd, LOCK_UN);
    close(fd);
}

/* -- Replacing -- */

/* Called with the lock held. A file other than the one that was checked is left alone. */
static int remove_unused(const bighti_socket_address *address, const char **why)
{
    const char *path = address->of.un.sun_path;
    struct stat found;
    int result = look_at_path(address, &found, why);

    if (result < 0 || found.st_ino == 0)
        return result;
    if (is_at_path(path, found.st_dev, found.st_ino) && unlink(path) != 0 && errno != ENOENT) {
        *why = ", where there is an unused socket that cannot be removed";
        return -errno;
    }
    return 0;
}

static int bind_to(int fd, const bighti_socket_address *address)
{
    return bind(fd, &address->of.any, address->size) == 0 ? 0 : -errno;
}

static int replace_and_bind(int fd, const bighti_socket_address *address, const char **why)
{
    struct stat found;
    int lock, result = look_at_path(address, &found, why);

    if (result < 0)
        return result;
    lock = lock_folder(address->of.un.sun_path, why);
    if (lock < 0)
        return -EADDRINUSE;
    result = remove_unused(address, why);
    if (result == 0)
        result = bind_to(fd, address);
    unlock_folder(lock);
    return result;
}

/* -- The file that was made -- */

/* The working directory may have changed when the file is removed. Returns NULL when out of
 * memory. */
static char *make_absolute(const char *path)
{
    char folder[PATH_MAX], *whole;

    if (path[0] == '/' || getcwd(folder, sizeof(folder)) == NULL)
        return strdup(path);
    return asprintf(&whole, "%s/%s", folder, path) >= 0 ? whole : NULL;
}

static int note_made(const bighti_socket_address *address, bighti_unix_path *made)
{
    struct stat file;

    if (lstat(address->of.un.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode))
        return 0; /* somebody has removed it already */
    made->path = make_absolute(address->of.un.sun_path);
    if (made->path == NULL) {
        unlink(address->of.un.sun_path);
        return -ENOMEM;
    }
    made->device = file.st_dev;
    made->inode = file.st_ino;
    made->process = getpid();
    return 0;
}

int bighti_unix_path_bind(int fd, const bighti_socket_address *address, bighti_unix_path *made,
                          const char **why)
{
    int result = bind_to(fd, address);

    *made = (bighti_unix_path){.path = NULL};
    *why = "";
    if (!has_file(address))
        return result;
    if (result == -EADDRINUSE)
        result = replace_and_bind(fd, address, why);
    return result == 0 ? note_made(address, made) : result;
}

/* Uses a descriptor of the file, because its name may refer to another file by now. */
static int permit_by(int fd, uint32_t mode, uint32_t owner, uint32_t group)
{
    const uint32_t keep = UINT32_MAX;
    char name[64];

    if ((owner != keep || group != keep) && fchownat(fd, "", owner, group, AT_EMPTY_PATH) != 0)
        return -errno;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return mode == 0 || chmod(name, (mode_t)mode) == 0 ? 0 : -errno;
}

int bighti_unix_path_permit(const bighti_unix_path *made, uint32_t mode, uint32_t owner,
                            uint32_t group)
{
    struct stat file;
    int fd, result = -ENOENT;

    if (made->path == NULL || (mode == 0 && owner == UINT32_MAX && group == UINT32_MAX))
        return 0;
    fd = open(made->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &file) == 0 && file.st_dev == made->device && file.st_ino == made->inode)
        result = permit_by(fd, mode, owner, group);
    close(fd);
    return result;
}

/* -- The end -- */

/* If the path is too long for an address, the file is left, because it cannot be checked whether
 * it is in use.
 */
static void remove_inherited(const bighti_unix_path *made)
{
    size_t length = strlen(made->path);
    bighti_socket_address address = {.size = 0};
    const char *why;
    int lock;

    if (length >= sizeof(address.of.un.sun_path) ||
        !is_at_path(made->path, made->device, made->inode))
        return;
    address.of.un.sun_family = AF_UNIX;
    memcpy(address.of.un.sun_path, made->path, length);
    address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    lock = lock_folder(made->path, &why);
    if (lock < 0)
        return;
    if (is_at_path(made->path, made->device, made->inode))
        (void)!remove_unused(&address, &why);
    unlock_folder(lock);
}

void bighti_unix_path_leave(bighti_unix_path *made, int fd)
{
    close(fd);
    free(made->path);
    made->path = NULL;
}

void bighti_unix_path_close(bighti_unix_path *made, int fd)
{
    bool is_own = made->path != NULL && made->process == getpid();

    if (is_own && is_at_path(made->path, made->device, made->inode))
        unlink(made->path);
    close(fd);
    if (!is_own && made->path != NULL)
        remove_inherited(made);
    free(made->path);
    made->path = NULL;
}
