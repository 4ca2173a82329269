/* No file of others is ever destroyed: the draft has a unique name (O_EXCL), and is removed only
 * if the file of that name is still the one that was made, and only by the process that has made
 * it. All names are looked up in the directory that was opened at the beginning. */
#include "draft.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_NAMES = 100, WHOLE_MODE = 07777 };

struct bighti_draft {
    unsigned references;
    bighti_draft_terms terms;
    int directory, fd;
    pid_t process;
    dev_t device;
    ino_t inode;
    bool made; /* the draft's file exists */
    char draft_name[40];
    const char *name; /* in `path`: the name in its directory */
    char path[];
};

static bight_error *draft_error(const bighti_draft *draft, const char *what)
{
    return bight_error_new_errno(errno, "%s %s", what, draft->path);
}

/* -- Life -- */

static int directory_open(const char *path, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    char *directory;
    int fd, errnum;

    if (name == path)
        return open(".", flags);
    directory = strndup(path, (size_t)(name - path));
    if (directory == NULL)
        return -1;
    fd = open(directory, flags);
    errnum = errno;
    free(directory);
    errno = errnum;
    return fd;
}

static bighti_draft *draft_alloc(const char *path)
{
    size_t size = strlen(path) + 1;
    bighti_draft *draft = malloc(sizeof(*draft) + size);
    const char *slash;

    if (draft == NULL)
        return NULL;
    *draft = (bighti_draft){.references = 1, .directory = -1, .fd = -1, .process = getpid()};
    memcpy(draft->path, path, size);
    slash = strrchr(draft->path, '/');
    draft->name = slash != NULL ? slash + 1 : draft->path;
    return draft;
}

bighti_draft *bighti_draft_new(const char *path, const bighti_draft_terms *terms,
                               bight_error **error)
{
    bighti_draft *draft = draft_alloc(path);

    *error = NULL;
    if (draft == NULL)
        return NULL;
    draft->terms = *terms;
    errno = EISDIR;
    if (draft->name[0] != '\0')
        draft->directory = directory_open(draft->path, draft->name);
    if (draft->directory >= 0)
        return draft;
    *error = draft_error(draft, "write");
    bighti_draft_unref(draft);
    return NULL;
}

bighti_draft *bighti_draft_ref(bighti_draft *draft)
{
    draft->references++;
    return draft;
}

static bool draft_is_ours(const bighti_draft *draft)
{
    struct stat about;

    return draft->made && draft->process == getpid() &&
           fstatat(draft->directory, draft->draft_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
           about.st_dev == draft->device && about.st_ino == draft->inode;
}

void bighti_draft_unref(void *data)
{
    bighti_draft *draft = data;

    if (--draft->references > 0)
        return;
    if (draft_is_ours(draft))
        unlinkat(draft->directory, draft->draft_name, 0);
    if (draft->fd >= 0)
        close(draft->fd);
    if (draft->directory >= 0)
        close(draft->directory);
    free(draft);
}

/* -- Writing -- */

/* Checks whether the target exists and must not be replaced. */
static bight_error *target_check(const bighti_draft *draft)
{
    struct stat about;

    if (fstatat(draft->directory, draft->name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL;
    if (draft->terms.keeps)
        return bight_error_new(BIGHT_ERROR_EXISTS, "write %s: there is one already", draft->path);
    if (!S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode))
        return bight_error_new(BIGHT_ERROR_UNSUPPORTED, "write %s: it is no file", draft->path);
    return NULL;
}

/* The number need not be secret: if the name exists, another one is tried. */
static uint64_t random_number(void)
{
    struct timespec now;
    uint64_t number;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
        return number;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_nsec ^ ((uint64_t)getpid() << 32);
}

static void draft_create(bighti_draft *draft)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

    for (int i = 0; i < MOST_NAMES; i++) {
        snprintf(draft->draft_name, sizeof(draft->draft_name), ".bight-%016" PRIx64 ".part",
                 random_number() + (uint64_t)i);
        draft->fd = openat(draft->directory, draft->draft_name, flags,
                           draft->terms.mode != 0 ? 0600 : 0666);
        if (draft->fd >= 0 || errno != EEXIST)
            return;
    }
}

bight_error *bighti_draft_open(bighti_draft *draft)
{
    bight_error *error = target_check(draft);
    struct stat about;

    if (error != NULL)
        return error;
    draft_create(draft);
    if (draft->fd < 0 || fstat(draft->fd, &about) != 0)
        return draft_error(draft, "write");
    draft->device = about.st_dev;
    draft->inode = about.st_ino;
    draft->made = true;
    return NULL;
}

bight_error *bighti_draft_write(bighti_draft *draft, bight_view view)
{
    while (view.size > 0) {
        ssize_t count = write(draft->fd, view.data, view.size);

        if (count < 0 && errno != EINTR)
            return draft_error(draft, "write");
        if (count > 0) {
            view.data += count;
            view.size -= (size_t)count;
        }
    }
    return NULL;
}

/* -- Placing -- */

/* To keep an existing file, uses a rename that fails if the name exists, or else a second hard
 * link. */
static int draft_rename(const bighti_draft *draft)
{
    int directory = draft->directory;

    if (!draft->terms.keeps)
        return renameat(directory, draft->draft_name, directory, draft->name);
    if (renameat2(directory, draft->draft_name, directory, draft->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(directory, draft->draft_name, directory, draft->name, 0) != 0)
        return -1;
    unlinkat(directory, draft->draft_name, 0);
    return 0;
}

/* Errors of delayed writes may be reported until the file is closed. */
static int draft_complete(bighti_draft *draft)
{
    int fd = draft->fd, status = 0;

    if (draft->terms.mode != 0)
        status = fchmod(fd, draft->terms.mode & WHOLE_MODE);
    if (status == 0 && draft->terms.syncs)
        status = fsync(fd);
    if (status != 0)
        return status;
    draft->fd = -1;
    return close(fd);
}

bight_error *bighti_draft_place(bighti_draft *draft)
{
    bight_error *error;

    if (draft_complete(draft) != 0)
        return draft_error(draft, "write");
    error = target_check(draft);
    if (error != NULL)
        return error;
    if (draft_rename(draft) != 0)
        return draft_error(draft, "write");
    draft->made = false;
    if (draft->terms.syncs && fsync(draft->directory) != 0)
        return draft_error(draft, "write the directory of");
    return NULL;
}
