/* Declarations that the files of this floor share. */
#ifndef BIGHTI_SOURCE_SOURCE_H
#define BIGHTI_SOURCE_SOURCE_H

#include <bight/source.h>
#include <bight/threads.h>
#include <bight/value.h>

enum {
    BIGHTI_SOURCE_PIECE = 64 * 1024,       /* bytes read or written in one turn of the loop */
    BIGHTI_SOURCE_LARGE_PIECE = 256 * 1024 /* and in one work on a thread */
};

/* For a kind that is being freed: take out the unread pieces, the last first. NULL if there is
 * none. */
bight_bytes *bighti_source_pop_last(bight_source *source);

/* Whether a read got the end. */
bool bighti_source_end_is_told(const bight_source *source);

/* Run a work on a pool, as bight_threads_run() does, as soon as there is room for it. */
bight_deferred *bighti_source_work(bight_threads *threads, bight_work_fn fn, void *data,
                                   bight_destroy_fn destroy, const char *where);

/* A number of bytes as a result; too large numbers become the maximum. */
static inline bight_result bighti_source_count(uint64_t count)
{
    return bight_result_int(count > INTPTR_MAX ? INTPTR_MAX : (intptr_t)count);
}

#endif
