/* Watches: a descriptor in the poller's set.
 *
 * While its callback is on the stack a watch is not run again. A level-triggered watch that is
 * ready meanwhile would make a nested loop spin, so it is parked: removed from the set (a mask of
 * 0 is not enough, because hang-ups are reported even then) and added back when the callback
 * returns. */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bight_watch {
    bighti_listed_watch listed;
    bight_watch_fn fn;
    void *data;
    const char *name;
};

int bighti_watch_init(bighti_watch *watch, bight_reactor *reactor, int fd, uint32_t interest,
                      void (*fn)(bighti_watch *, uint32_t))
{
    int result = 0;

    *watch = (bighti_watch){.fn = fn, .fd = fd, .interest = interest};
    bighti_link_init(&watch->link);
    if (interest != 0 && !reactor->shared.dead) {
        result = bighti_poller_add(&reactor->poller, fd, interest, watch);
        if (result < 0)
            return result;
        watch->in_set = true;
    }
    watch->reactor = bighti_reactor_ref(reactor);
    return 0;
}

void bighti_watch_deinit(bighti_watch *watch)
{
    if (watch->reactor == NULL)
        return;
    bighti_link_unlink(&watch->link);
    if (watch->in_set)
        bighti_poller_remove(&watch->reactor->poller, watch->fd);
    if (watch->gone != NULL)
        *watch->gone = true;
    watch->gone = NULL;
    bighti_reactor_unref(watch->reactor);
    watch->reactor = NULL;
}

/* Add the watch to the set again. If the kernel has no memory for that, the watch gets a hang-up,
 * because no event at all would be worse. */
static void enter_set(bighti_watch *watch)
{
    if (bighti_poller_add(&watch->reactor->poller, watch->fd, watch->interest, watch) == 0)
        watch->in_set = true;
    else
        bighti_watch_again(watch, EPOLLERR);
}

static void leave_set(bighti_watch *watch)
{
    if (watch->in_set)
        bighti_poller_remove(&watch->reactor->poller, watch->fd);
    watch->in_set = false;
}

void bighti_watch_set_interest(bighti_watch *watch, uint32_t interest)
{
    if (watch->interest == interest || watch->reactor->shared.dead)
        return;
    watch->interest = interest;
    if (watch->parked)
        return;
    if (interest == 0)
        leave_set(watch);
    else if (!watch->in_set)
        enter_set(watch);
    else
        bighti_poller_modify(&watch->reactor->poller, watch->fd, interest, watch);
}

void bighti_watch_again(bighti_watch *watch, uint32_t events)
{
    watch->ready |= events;
    if (watch->gone != NULL || bighti_link_is_linked(&watch->link) || watch->reactor->shared.dead)
        return;
    bighti_list_append(&watch->reactor->io_next, &watch->link);
    bighti_poke_if_waiting(watch->reactor);
}

void bighti_watch_collect(bighti_watch *watch, uint32_t events)
{
    watch->ready |= events;
    if ((watch->interest & EPOLLET) == 0)
        watch->reactor->level_told = true;
    if (watch->gone == NULL) {
        if (!bighti_link_is_linked(&watch->link))
            bighti_list_append(&watch->reactor->io, &watch->link);
    } else if ((watch->interest & EPOLLET) == 0) {
        watch->ready = 0;
        watch->parked = true;
        leave_set(watch);
    }
}

/* Events of the old set that were not delivered yet are reported again by the new one. */
void bighti_watch_rejoin(bighti_watch *watch)
{
    if (watch->reactor == NULL || watch->interest == 0 || watch->parked)
        return;
    bighti_link_unlink(&watch->link);
    watch->ready = 0;
    watch->in_set = false;
    enter_set(watch);
}

void bighti_watches_rejoin(bight_reactor *reactor)
{
    bighti_link *link = reactor->watches.next;

    for (; link != &reactor->watches; link = link->next)
        bighti_watch_rejoin(&BIGHTI_CONTAINER(link, bighti_listed_watch, living)->core);
}

int bighti_listed_watch_init(bighti_listed_watch *watch, bight_reactor *reactor, int fd,
                             uint32_t interest, void (*fn)(bighti_watch *, uint32_t))
{
    int result = bighti_watch_init(&watch->core, reactor, fd, interest, fn);

    if (result == 0)
        bighti_list_append(&reactor->watches, &watch->living);
    return result;
}

void bighti_listed_watch_deinit(bighti_listed_watch *watch)
{
    if (watch->core.reactor == NULL)
        return;
    bighti_link_unlink(&watch->living);
    bighti_watch_deinit(&watch->core);
}

static void unwind(bighti_watch *watch)
{
    watch->gone = NULL;
    if (watch->parked) {
        watch->parked = false;
        if (watch->interest != 0 && !watch->reactor->shared.dead)
            enter_set(watch);
    }
    if (watch->ready != 0)
        bighti_watch_again(watch, 0);
}

bool bighti_watch_run_one(bight_reactor *reactor)
{
    bighti_link *link = bighti_list_pop(&reactor->io);
    bool gone = false;
    bighti_watch *watch;
    uint32_t events;

    if (link == NULL)
        return false;
    watch = BIGHTI_CONTAINER(link, bighti_watch, link);
    events = watch->ready;
    watch->ready = 0;
    watch->gone = &gone;
    watch->fn(watch, events);
    if (!gone)
        unwind(watch);
    return true;
}

/* An error or a hang-up is also reported as the requested events, since libraries that use watches
 * notice it by reading or writing. */
static unsigned to_public(uint32_t interest, uint32_t events)
{
    bool over = (events & (EPOLLERR | EPOLLHUP)) != 0;
    unsigned result = over ? BIGHT_WATCH_HANGUP : 0;

    if ((interest & EPOLLIN) != 0 && (over || (events & EPOLLIN) != 0))
        result |= BIGHT_WATCH_READ;
    if ((interest & EPOLLOUT) != 0 && (over || (events & EPOLLOUT) != 0))
        result |= BIGHT_WATCH_WRITE;
    return result;
}

static uint32_t from_public(unsigned events)
{
    uint32_t read = (events & BIGHT_WATCH_READ) != 0 ? EPOLLIN : 0;
    uint32_t write = (events & BIGHT_WATCH_WRITE) != 0 ? EPOLLOUT : 0;

    return read | write;
}

static void watch_on_ready(bighti_watch *core, uint32_t events)
{
    bight_watch *watch = BIGHTI_CONTAINER(core, bight_watch, listed.core);
    bight_reactor *reactor = core->reactor;
    unsigned told = to_public(core->interest, events);
    bighti_call call = {.name = watch->name};

    if (told == 0 || core->interest == 0)
        return;
    memcpy(&call.function, &watch->fn, sizeof(call.function));
    bighti_call_begin(reactor, &call);
    watch->fn(watch, told, watch->data);
    bighti_call_end(reactor, &call);
}

bight_status bight_watch_new(bight_reactor *reactor, int fd, unsigned events, bight_watch_fn fn,
                             void *data, bight_watch **out)
{
    bight_watch *watch;
    int result;

    bighti_check_thread(reactor);
    watch = malloc(sizeof(*watch));
    if (watch == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    result =
        bighti_listed_watch_init(&watch->listed, reactor, fd, from_public(events), watch_on_ready);
    if (result < 0) {
        free(watch);
        return result == -EPERM ? BIGHT_ERROR_UNSUPPORTED : bight_status_from_errno(-result);
    }
    watch->fn = fn;
    watch->data = data;
    watch->name = NULL;
    *out = watch;
    return BIGHT_OK;
}

void bight_watch_set_events(bight_watch *watch, unsigned events)
{
    bighti_check_thread(watch->listed.core.reactor);
    bighti_watch_set_interest(&watch->listed.core, from_public(events));
}

int bight_watch_get_fd(const bight_watch *watch)
{
    return watch->listed.core.fd;
}

void bight_watch_set_name(bight_watch *watch, const char *name)
{
    watch->name = name;
}

void bight_watch_free(bight_watch *watch)
{
    if (watch == NULL)
        return;
    bighti_check_thread(watch->listed.core.reactor);
    bighti_listed_watch_deinit(&watch->listed);
    free(watch);
}
