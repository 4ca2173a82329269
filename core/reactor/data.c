/* Data that libraries attach to a reactor. There are only a few keys, and they are looked up only
 * when objects are made, so a list is fast enough. */
#include "internal.h"
#include <stdlib.h>

typedef struct datum {
    bighti_link link;
    const bight_key *key;
    void *data;
    bight_destroy_fn destroy;
} datum;

static datum *datum_find(const bight_reactor *reactor, const bight_key *key)
{
    for (bighti_link *link = reactor->data.next; link != &reactor->data; link = link->next) {
        datum *one = BIGHTI_CONTAINER(link, datum, link);

        if (one->key == key)
            return one;
    }
    return NULL;
}

/* The destroy function may use the remaining data, and set other data. */
static void datum_destroy(datum *one)
{
    bight_destroy_fn destroy = one->destroy;
    void *data = one->data;

    bighti_link_unlink(&one->link);
    free(one);
    if (destroy != NULL)
        destroy(data);
}

void *bight_reactor_get_data(const bight_reactor *reactor, const bight_key *key)
{
    const datum *one;

    bighti_check_thread(reactor);
    one = datum_find(reactor, key);
    return one != NULL ? one->data : NULL;
}

bight_status bight_reactor_set_data(bight_reactor *reactor, const bight_key *key, void *data,
                                    bight_destroy_fn destroy)
{
    datum *before, *one = NULL;

    bighti_check_thread(reactor);
    if (data != NULL && reactor->shared.dead)
        return BIGHT_ERROR_CANCELLED;
    if (data != NULL && (one = malloc(sizeof(*one))) == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    before = datum_find(reactor, key);
    if (one != NULL) {
        *one = (datum){.key = key, .data = data, .destroy = destroy};
        bighti_link_init(&one->link);
        bighti_list_append(&reactor->data, &one->link);
    }
    if (before != NULL)
        datum_destroy(before);
    return BIGHT_OK;
}

void bighti_data_drop(bight_reactor *reactor)
{
    /* The analyzer loses sight of a list whose items are freed one by one. */
    while (!bighti_list_is_empty(&reactor->data)) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        datum_destroy(BIGHTI_CONTAINER(reactor->data.previous, datum, link));
}
