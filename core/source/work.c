/* Works of sources wait for room in the pool instead of failing when other works have filled
 * it. */
#include "source.h"
#include <stdlib.h>

typedef struct waiting_work {
    bight_threads *threads;
    bight_work_fn fn;
    void *data; /* NULL once the pool owns it */
    bight_destroy_fn destroy;
    const char *where;
} waiting_work;

static bight_result source_work_give(bight_result in, void *data)
{
    waiting_work *self = data;
    void *given = self->data;

    bight_result_free(in);
    self->data = NULL;
    return bight_result_wait(bight_threads_run_with_at(self->threads, NULL, self->fn, given,
                                                       self->destroy, self->where));
}

static void waiting_work_free(void *data)
{
    waiting_work *self = data;

    if (self->data != NULL)
        self->destroy(self->data);
    free(self);
}

bight_deferred *bighti_source_work(bight_threads *threads, bight_work_fn fn, void *data,
                                   bight_destroy_fn destroy, const char *where)
{
    waiting_work *self = malloc(sizeof(*self));
    bight_deferred *deferred;

    if (self == NULL) {
        destroy(data);
        return NULL;
    }
    *self = (waiting_work){threads, fn, data, destroy, where};
    deferred = bight_threads_wait_room_at(threads, where);
    bight_deferred_then_at(deferred, source_work_give, NULL, self, where);
    return bight_deferred_keep_at(deferred, self, waiting_work_free, where);
}
