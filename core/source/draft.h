/* A draft: a file that is being written, under a temporary name until it is complete. The
 * functions block, and may be called on any thread, but only by one at a time. */
#ifndef BIGHTI_SOURCE_DRAFT_H
#define BIGHTI_SOURCE_DRAFT_H

#include <bight/bytes.h>
#include <bight/error.h>
#include <stdbool.h>

typedef struct bighti_draft bighti_draft;

/* How to place the file. */
typedef struct bighti_draft_terms {
    unsigned mode; /* 0 for the default */
    bool keeps;    /* do not replace a file */
    bool syncs;    /* wait until it is on the disk */
} bighti_draft_terms;

/* Only opens the directory. On failure returns NULL and sets `error`, which is NULL when out of
 * memory. The caller owns the reference. */
bighti_draft *bighti_draft_new(const char *path, const bighti_draft_terms *terms,
                               bight_error **error);

/* The references are counted on one thread. Giving back the last one removes a draft that was not
 * placed. */
bighti_draft *bighti_draft_ref(bighti_draft *draft);
void bighti_draft_unref(void *draft);

/* Each returns NULL on success. */
bight_error *bighti_draft_open(bighti_draft *draft);
bight_error *bighti_draft_write(bighti_draft *draft, bight_view view);
bight_error *bighti_draft_place(bighti_draft *draft);

#endif
