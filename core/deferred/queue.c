/* Three lists: values, putters that wait for room (each carries a value), and getters that wait
 * for a value. The serving function moves everything that can be moved, in one loop in the
 * outermost call, which also handles changes that steps make meanwhile. */
#include "waiter.h"
#include <bight/queue.h>
#include <stdlib.h>

typedef struct queue_item {
    bighti_link link;
    bight_result result;
} queue_item;

struct bight_queue {
    bighti_link items, putters, getters;
    size_t size, putting, getting;
    size_t limit;
    bool serving, closed, freed;
};

bight_queue *bight_queue_new(size_t limit)
{
    bight_queue *queue = calloc(1, sizeof(*queue));

    if (queue == NULL)
        return NULL;
    bighti_link_init(&queue->items);
    bighti_link_init(&queue->putters);
    bighti_link_init(&queue->getters);
    queue->limit = limit;
    return queue;
}

static queue_item *item_new(void *value, bight_destroy_fn destroy)
{
    queue_item *item = malloc(sizeof(*item));

    if (item == NULL)
        return NULL;
    bighti_link_init(&item->link);
    item->result = bight_result_take(value, destroy);
    return item;
}

static void add(bight_queue *queue, queue_item *item)
{
    bighti_list_append(&queue->items, &item->link);
    queue->size++;
}

static bool take(bight_queue *queue, bight_result *result)
{
    bighti_link *link = bighti_list_pop(&queue->items);
    queue_item *item;

    if (link == NULL)
        return false;
    queue->size--;
    item = BIGHTI_CONTAINER(link, queue_item, link);
    *result = item->result;
    free(item);
    return true;
}

/* The oldest waiting putter puts its value in, or fails when out of memory. */
static void queue_let_in(bight_queue *queue)
{
    bighti_waiter *putter = bighti_waiter_pop(&queue->putters);
    bight_result brought = bighti_waiter_take(putter);
    queue_item *item = item_new(brought.value, brought.destroy);

    if (item == NULL) {
        bight_result_free(brought);
        bighti_waiter_fire(putter, bight_result_wait(NULL));
        return;
    }
    add(queue, item);
    bighti_waiter_fire(putter, bight_result_value(NULL));
}

/* Passes a value to a getter; if the queue is empty, directly from a putter. */
static void hand_over(bight_queue *queue)
{
    bighti_waiter *getter = bighti_waiter_pop(&queue->getters);
    bight_result result;
    bighti_waiter *putter;

    if (take(queue, &result)) {
        bighti_waiter_fire(getter, result);
        return;
    }
    putter = bighti_waiter_pop(&queue->putters);
    bighti_waiter_fire(getter, bighti_waiter_take(putter));
    bighti_waiter_fire(putter, bight_result_value(NULL));
}

static bool serve_one(bight_queue *queue)
{
    if (queue->getting > 0 && queue->size + queue->putting > 0)
        hand_over(queue);
    else if (queue->putting > 0 && queue->size < queue->limit)
        queue_let_in(queue);
    else if (queue->getting > 0 && queue->closed)
        bighti_waiters_close(&queue->getters, "queue");
    else
        return false;
    return true;
}

static void empty(bight_queue *queue)
{
    bight_result result;

    while (take(queue, &result))
        bight_result_free(result);
    bighti_waiters_close(&queue->putters, "queue");
    bighti_waiters_close(&queue->getters, "queue");
}

static void serve(bight_queue *queue)
{
    if (queue->serving)
        return;
    queue->serving = true;
    while (!queue->freed && serve_one(queue)) {
    }
    if (queue->freed) {
        empty(queue);
        free(queue);
        return;
    }
    queue->serving = false;
}

void bight_queue_free(bight_queue *queue)
{
    if (queue == NULL)
        return;
    queue->closed = queue->freed = true;
    serve(queue);
}

void bight_queue_close(bight_queue *queue)
{
    queue->closed = true;
    serve(queue);
}

static bight_deferred *closed(const char *where)
{
    return bight_deferred_failed_at(bight_error_new(BIGHT_ERROR_CLOSED, "the queue was closed"),
                                    where);
}

/* Whether a value can be put without waiting. */
static bool queue_has_room(const bight_queue *queue)
{
    return queue->putting == 0 && (queue->size < queue->limit || queue->getting > queue->size);
}

bight_status bight_queue_try_put(bight_queue *queue, void *value, bight_destroy_fn destroy)
{
    queue_item *item;

    if (queue->closed)
        return BIGHT_ERROR_CLOSED;
    if (!queue_has_room(queue))
        return BIGHT_ERROR_LIMIT;
    item = item_new(value, destroy);
    if (item == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    add(queue, item);
    serve(queue);
    return BIGHT_OK;
}

bight_deferred *bight_queue_put_at(bight_queue *queue, void *value, bight_destroy_fn destroy,
                                   const char *where)
{
    bight_result result = bight_result_take(value, destroy);
    bight_deferred *deferred;

    if (queue->closed) {
        bight_result_free(result);
        return closed(where);
    }
    if (!queue_has_room(queue))
        return bighti_waiter_new(&queue->putters, &queue->putting, result, where);
    deferred = bight_deferred_fired_at(NULL, NULL, where);
    if (deferred != NULL && bight_queue_try_put(queue, value, destroy) == BIGHT_OK)
        return deferred;
    bight_result_free(result);
    bight_deferred_free(deferred);
    return NULL;
}

bool bight_queue_try_get(bight_queue *queue, bight_result *result)
{
    bighti_waiter *putter;

    if (queue->getting > 0)
        return false;
    if (take(queue, result)) {
        serve(queue);
        return true;
    }
    putter = bighti_waiter_pop(&queue->putters);
    if (putter == NULL)
        return false;
    *result = bighti_waiter_take(putter);
    bighti_waiter_fire(putter, bight_result_value(NULL));
    return true;
}

bight_deferred *bight_queue_get_at(bight_queue *queue, const char *where)
{
    bight_result none = bight_result_value(NULL);
    bight_deferred *deferred;

    if (queue->closed && queue->size + queue->putting == 0)
        return closed(where);
    deferred = bighti_waiter_new(&queue->getters, &queue->getting, none, where);
    serve(queue);
    return deferred;
}

size_t bight_queue_get_size(const bight_queue *queue)
{
    return queue->size;
}

size_t bight_queue_get_putting(const bight_queue *queue)
{
    return queue->putting;
}

size_t bight_queue_get_getting(const bight_queue *queue)
{
    return queue->getting;
}
