/* Bells: see post.c for when they run. The links of both lists are used only under the lock,
 * because a ring checks whether the bell is in one of them. Whether `bells` is empty may be read
 * without the lock, since only the reactor's thread adds to it. */
#include "internal.h"

void bighti_bell_init(bighti_bell *bell, bight_reactor *reactor, void (*fn)(bighti_bell *))
{
    bighti_link_init(&bell->link);
    bell->reactor = reactor;
    bell->fn = fn;
}

static void unlink_bell(bighti_bell *bell)
{
    pthread_mutex_lock(&bell->reactor->lock);
    bighti_link_unlink(&bell->link);
    pthread_mutex_unlock(&bell->reactor->lock);
}

void bighti_bell_deinit(bighti_bell *bell)
{
    unlink_bell(bell);
}

void bighti_bell_ring(bighti_bell *bell)
{
    bight_reactor *reactor = bell->reactor;

    pthread_mutex_lock(&reactor->lock);
    if (!bighti_link_is_linked(&bell->link)) {
        bighti_list_append(&reactor->rung, &bell->link);
        /* The thread that set the flag has woken the loop. */
        if (!atomic_exchange_explicit(&reactor->has_posted, true, memory_order_acq_rel))
            bight_reactor_wake(reactor);
    }
    pthread_mutex_unlock(&reactor->lock);
}

void bighti_bell_again(bighti_bell *bell)
{
    bight_reactor *reactor = bell->reactor;

    pthread_mutex_lock(&reactor->lock);
    bighti_link_unlink(&bell->link);
    bighti_list_append(&reactor->bells, &bell->link);
    pthread_mutex_unlock(&reactor->lock);
}

bool bighti_bell_run_one(bight_reactor *reactor)
{
    bighti_bell *bell;

    if (bighti_list_is_empty(&reactor->bells))
        return false;
    bell = BIGHTI_CONTAINER(reactor->bells.next, bighti_bell, link);
    unlink_bell(bell);
    bell->fn(bell);
    return true;
}
