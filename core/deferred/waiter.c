#include "waiter.h"
#include <stdlib.h>

static void waiter_free(bighti_waiter *waiter)
{
    bight_result_free(waiter->result);
    free(waiter);
}

static void waiter_on_cancel(bight_promise *promise, void *data)
{
    bighti_waiter *waiter = data;

    bighti_link_unlink(&waiter->link);
    --*waiter->count;
    waiter_free(waiter);
    bight_promise_free(promise);
}

bight_deferred *bighti_waiter_new(bighti_link *queue, size_t *count, bight_result take_result,
                                  const char *where)
{
    bighti_waiter *waiter = malloc(sizeof(*waiter));
    bight_deferred *deferred = NULL;

    if (waiter != NULL)
        deferred = bight_deferred_new_at(&waiter->promise, where);
    if (deferred == NULL) {
        free(waiter);
        bight_result_free(take_result);
        return NULL;
    }
    waiter->count = count;
    waiter->result = take_result;
    bighti_link_init(&waiter->link);
    bighti_list_append(queue, &waiter->link);
    ++*count;
    bight_promise_on_cancel(waiter->promise, waiter_on_cancel, waiter);
    return deferred;
}

bighti_waiter *bighti_waiter_pop(bighti_link *queue)
{
    bighti_link *link = bighti_list_pop(queue);
    bighti_waiter *waiter;

    if (link == NULL)
        return NULL;
    waiter = BIGHTI_CONTAINER(link, bighti_waiter, link);
    --*waiter->count;
    bight_promise_on_cancel(waiter->promise, NULL, NULL);
    return waiter;
}

bight_result bighti_waiter_take(bighti_waiter *waiter)
{
    bight_result result = waiter->result;

    waiter->result = bight_result_value(NULL);
    return result;
}

void bighti_waiter_fire(bighti_waiter *waiter, bight_result result)
{
    bight_promise *promise = waiter->promise;

    waiter_free(waiter);
    bight_promise_complete(promise, result);
}

void bighti_waiters_close(bighti_link *queue, const char *what)
{
    bighti_waiter *waiter;

    while ((waiter = bighti_waiter_pop(queue)) != NULL)
        bighti_waiter_fire(waiter, bight_result_error(bight_error_new(BIGHT_ERROR_CLOSED,
                                                                      "the %s was closed", what)));
}
