/* Whether a file is still the one that was read. */
#ifndef BIGHTI_BASE_FILE_STATE_H
#define BIGHTI_BASE_FILE_STATE_H

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* The state of a file now; all zeros if there is none. */
static inline struct stat bighti_file_state(const char *path)
{
    struct stat found;

    if (stat(path, &found) != 0)
        memset(&found, 0, sizeof(found));
    return found;
}

static inline bool bighti_file_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

#endif
