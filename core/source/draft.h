/* A file that is being written, under another name until it is complete. The functions block, and
 * may be called on any thread, by one at a time. */
#ifndef BIGHTI_SOURCE_DRAFT_H
#define BIGHTI_SOURCE_DRAFT_H

#include <bight/bytes.h>
#include <bight/error.h>
#include <stdbool.h>

typedef struct bighti_draft bighti_draft;

/* How it is to be placed. */
typedef struct bighti_draft_terms {
    unsigned mode; /* 0 for the usual one */
    bool keeps;    /* do not replace a file */
    bool syncs;    /* wait until it is on the disk */
} bighti_draft_terms;

/* Nothing but the directory is opened. `error` is set when NULL is returned, and is itself NULL
 * without memory. The reference is the caller's. */
bighti_draft *bighti_draft_new(const char *path, const bighti_draft_terms *terms,
                               bight_error **error);

/* The references are counted on one thread. The last one removes what was not placed. */
bighti_draft *bighti_draft_ref(bighti_draft *draft);
void bighti_draft_unref(void *draft);

/* Each gives NULL when it worked. */
bight_error *bighti_draft_open(bighti_draft *draft);
bight_error *bighti_draft_write(bighti_draft *draft, bight_view view);
bight_error *bighti_draft_place(bighti_draft *draft);

#endif
