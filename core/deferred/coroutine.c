#include <bight/coroutine.h>
#include <stdlib.h>

/* A coroutine is one step that loops over the deferreds that it waits for. */
typedef struct co_run {
    bight_co_fn fn;
    void *frame;
    bight_co *co;
    bight_destroy_fn destroy;
} co_run;

static void run_free(void *data)
{
    co_run *run = data;

    bight_result_free(bight_co_take(run->co));
    if (run->destroy != NULL)
        run->destroy(run->frame);
    free(run);
}

static bight_result resume(bight_result in, void *data)
{
    co_run *run = data;

    bight_result_free(bight_co_take(run->co));
    run->co->result = in;
    return run->fn(run->co, run->frame);
}

bight_result bight_co_take(bight_co *co)
{
    bight_result result = co->result;

    co->result = bight_result_value(NULL);
    return result;
}

bight_deferred *bight_co_start_at(bight_co_fn fn, void *frame, bight_co *co,
                                  bight_destroy_fn destroy, const char *where)
{
    co_run *run = malloc(sizeof(*run));
    bight_deferred *deferred = bight_deferred_fired_at(NULL, NULL, where);

    co->line = 0;
    co->result = bight_result_value(NULL);
    if (run == NULL || deferred == NULL) {
        free(run);
        bight_deferred_free(deferred);
        if (destroy != NULL)
            destroy(frame);
        return NULL;
    }
    *run = (co_run){fn, frame, co, destroy};
    bight_deferred_loop_at(deferred, resume, run, where);
    return bight_deferred_keep_at(deferred, run, run_free, where);
}
