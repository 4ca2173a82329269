/* Guests: the sockets, the timeout and the guard of a foreign library.
 *
 * The guard is one flag, `entered`. It is not a counter, because a library that may be entered
 * recursively needs no guard. While it is set the library is on the stack, and one of its
 * callbacks may be running the program's loop. Events in that loop must not be lost and must not
 * make it spin:
 *
 * - The poller reports a ready descriptor in each turn. So its watch requests no events until the
 *   library has returned (it is "held"). Then it requests them again, and the poller reports the
 *   descriptor again.
 * - The expiry of the timer is remembered, and the timer is started again with 0 afterwards,
 *   unless the library has set it meanwhile.
 * - Calls wait in a list. bight_guest_leave() makes those that are in the list. Calls that these
 *   request are made in the next turn of the reactor, so that a call that always requests another
 *   one does not block the loop.
 *
 * If the guest is freed while the library is on the stack, the library cannot be freed yet. The
 * guest is closed at once, so that no more events come, and bight_guest_leave() does the rest. The
 * memory is reference-counted, because remaining calls, and the code that has entered the library,
 * may still use it.
 *
 * Descriptors are in a list, the most recently used one first. Libraries of this kind have from
 * one to some dozens of descriptors, and usually refer to the one that they are working on. */
#include "../base/check.h"
#include "../base/options.h"
#include "internal.h"
#include <bight/fork.h>
#include <bight/guest.h>
#include <stdlib.h>

typedef struct guest_socket {
    bighti_link link;
    bight_guest *guest;
    bight_watch *watch;
    unsigned events; /* events that the library wants */
    bool held;       /* was ready while the library was on the stack */
} guest_socket;

struct bight_guest {
    bight_reactor *reactor;
    const bight_guest_ops *ops;
    void *data;
    bighti_resident resident;
    bight_fork_watch *fork;
    bight_timer *timer; /* NULL once freed */
    bight_task task;    /* makes the calls that were left for the next turn */
    bighti_link sockets;
    bighti_link calls;   /* waiting calls */
    unsigned references; /* one of the owner, of each call, and of the code that has entered */
    unsigned held;       /* number of held sockets */
    bool entered;
    bool late; /* the timer expired while the library was on the stack */
    bool freed;
};

struct bight_guest_call {
    bighti_link link; /* in `calls`, in a list being made, or none */
    bight_guest *guest;
    bight_guest_call_fn fn;
    void *data;
};

static void guest_unref(bight_guest *guest)
{
    if (--guest->references > 0)
        return;
    bight_fork_watch_free(guest->fork);
    bighti_task_deinit(&guest->task);
    free(guest);
}

static bool guest_is_usable(const bight_guest *guest)
{
    return !guest->freed && !bighti_is_dead(guest->reactor) && !bight_guest_is_inherited(guest);
}

/* -- Sockets -- */

static guest_socket *socket_find(bight_guest *guest, int fd)
{
    for (bighti_link *link = guest->sockets.next; link != &guest->sockets; link = link->next) {
        guest_socket *one = BIGHTI_CONTAINER(link, guest_socket, link);

        if (bight_watch_get_fd(one->watch) == fd)
            return one;
    }
    return NULL;
}

static void socket_hold(guest_socket *one)
{
    one->held = true;
    one->guest->held++;
    bight_watch_set_events(one->watch, 0);
}

static void socket_on_ready(bight_watch *watch, unsigned events, void *data)
{
    guest_socket *one = data;
    bight_guest *guest = one->guest;

    if (!guest_is_usable(guest))
        return;
    if (guest->entered)
        socket_hold(one);
    else if (guest->ops->ready != NULL)
        guest->ops->ready(guest, bight_watch_get_fd(watch), events, guest->data);
}

static bight_status socket_add(bight_guest *guest, int fd, unsigned events)
{
    guest_socket *one = calloc(1, sizeof(*one));
    bight_status status;

    if (one == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    status = bight_watch_new(guest->reactor, fd, events, socket_on_ready, one, &one->watch);
    if (status != BIGHT_OK) {
        free(one);
        return status;
    }
    one->guest = guest;
    one->events = events;
    bight_watch_set_name(one->watch, guest->ops->name);
    bighti_link_init(&one->link);
    bighti_list_append(guest->sockets.next, &one->link);
    return BIGHT_OK;
}

static void socket_drop(guest_socket *one)
{
    bighti_link_unlink(&one->link);
    if (one->held)
        one->guest->held--;
    bight_watch_free(one->watch);
    free(one);
}

bight_status bight_guest_watch(bight_guest *guest, int fd, unsigned events)
{
    guest_socket *one;

    bighti_check_thread(guest->reactor);
    if (!guest_is_usable(guest))
        return BIGHT_ERROR_CANCELLED;
    one = socket_find(guest, fd);
    if (one == NULL)
        return socket_add(guest, fd, events);
    bighti_link_unlink(&one->link);
    bighti_list_append(guest->sockets.next, &one->link);
    one->events = events;
    if (!one->held)
        bight_watch_set_events(one->watch, events);
    return BIGHT_OK;
}

void bight_guest_unwatch(bight_guest *guest, int fd)
{
    guest_socket *one;

    bighti_check_thread(guest->reactor);
    one = socket_find(guest, fd);
    if (one != NULL)
        socket_drop(one);
}

/* -- Time -- */

static void guest_on_time(bight_timer *timer, void *data)
{
    bight_guest *guest = data;

    (void)timer;
    if (!guest_is_usable(guest))
        return;
    if (guest->entered)
        guest->late = true;
    else if (guest->ops->timeout != NULL)
        guest->ops->timeout(guest, guest->data);
}

void bight_guest_start_timer(bight_guest *guest, uint64_t delay)
{
    bighti_check_thread(guest->reactor);
    guest->late = false;
    if (guest_is_usable(guest))
        bight_timer_start(guest->timer, delay);
}

void bight_guest_stop_timer(bight_guest *guest)
{
    bighti_check_thread(guest->reactor);
    guest->late = false;
    if (guest->timer != NULL)
        bight_timer_stop(guest->timer);
}

/* -- The guard -- */

bool bight_guest_enter(bight_guest *guest)
{
    bighti_check_thread(guest->reactor);
    if (guest->entered || !guest_is_usable(guest))
        return false;
    guest->entered = true;
    guest->references++;
    return true;
}

/* Each call may free the guest or the reactor; then the remaining calls are not made. */
static void guest_make_calls(bight_guest *guest)
{
    bighti_link round, *link;

    bighti_link_init(&round);
    bighti_list_splice(&round, &guest->calls);
    while ((link = bighti_list_pop(&round)) != NULL) {
        bight_guest_call *call = BIGHTI_CONTAINER(link, bight_guest_call, link);

        if (guest_is_usable(guest))
            call->fn(guest, call->data);
    }
}

/* Deliver events that were held back while the library was on the stack. */
static void guest_resume(bight_guest *guest)
{
    bighti_link *link = guest->sockets.next;

    for (; guest->held > 0 && link != &guest->sockets; link = link->next) {
        guest_socket *one = BIGHTI_CONTAINER(link, guest_socket, link);

        if (!one->held)
            continue;
        one->held = false;
        guest->held--;
        bight_watch_set_events(one->watch, one->events);
    }
    if (guest->late)
        bight_guest_start_timer(guest, 0);
    if (!bighti_list_is_empty(&guest->calls))
        bight_task_schedule(&guest->task);
}

static void guest_release(bight_guest *guest)
{
    if (guest->ops->release != NULL)
        guest->ops->release(guest, guest->data);
}

void bight_guest_leave(bight_guest *guest)
{
    bighti_check_thread(guest->reactor);
    BIGHTI_REQUIRE(guest->entered, "the library was not entered");
    guest_make_calls(guest);
    if (guest->ops->returned != NULL && guest_is_usable(guest))
        guest->ops->returned(guest, guest->data);
    guest->entered = false;
    if (guest->freed)
        guest_release(guest);
    else
        guest_resume(guest);
    guest_unref(guest);
}

static void guest_on_task(bight_task *task, void *data)
{
    bight_guest *guest = data;

    (void)task;
    if (bight_guest_enter(guest))
        bight_guest_leave(guest);
}

bool bight_guest_is_entered(const bight_guest *guest)
{
    return guest->entered;
}

/* -- Calls -- */

bight_status bight_guest_call_new(bight_guest *guest, bight_guest_call_fn fn, void *data,
                                  bight_guest_call **out)
{
    bight_guest_call *call;

    bighti_check_thread(guest->reactor);
    call = malloc(sizeof(*call));
    if (call == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *call = (bight_guest_call){.guest = guest, .fn = fn, .data = data};
    bighti_link_init(&call->link);
    guest->references++;
    *out = call;
    return BIGHT_OK;
}

/* It is queued after the waiting calls, which leave then makes in order. */
void bight_guest_call_make(bight_guest_call *call)
{
    bight_guest *guest = call->guest;

    bighti_check_thread(guest->reactor);
    if (bighti_link_is_linked(&call->link) || !guest_is_usable(guest))
        return;
    bighti_list_append(&guest->calls, &call->link);
    if (bight_guest_enter(guest))
        bight_guest_leave(guest);
}

void bight_guest_call_cancel(bight_guest_call *call)
{
    bighti_check_thread(call->guest->reactor);
    bighti_link_unlink(&call->link);
}

void bight_guest_call_free(bight_guest_call *call)
{
    if (call == NULL)
        return;
    bight_guest_call_cancel(call);
    guest_unref(call->guest);
    free(call);
}

/* -- The life of a guest -- */

/* No more events come. In a forked child the watched descriptors are muted: there the library may
 * only be freed, and it may try to write a goodbye. */
static void guest_silence(bight_guest *guest)
{
    bool mute = bight_guest_is_inherited(guest);

    while (!bighti_list_is_empty(&guest->sockets)) {
        guest_socket *one = BIGHTI_CONTAINER(guest->sockets.next, guest_socket, link);
        /* The analyzer loses sight of a list whose items are freed one by one.
         * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        int fd = bight_watch_get_fd(one->watch);

        socket_drop(one);
        if (mute)
            bight_fork_mute(fd);
    }
    bight_guest_stop_timer(guest);
    while (bighti_list_pop(&guest->calls) != NULL) {
    }
}

static void guest_on_forked(void *data)
{
    bight_guest *guest = data;

    if (guest->freed)
        return;
    guest_silence(guest);
    if (guest->ops->forked != NULL)
        guest->ops->forked(guest, guest->data);
}

static void guest_evict(bighti_resident *resident)
{
    bight_guest *guest = BIGHTI_CONTAINER(resident, bight_guest, resident);

    bighti_link_unlink(&resident->link);
    guest_silence(guest);
    if (guest->ops->evicted != NULL)
        guest->ops->evicted(guest, guest->data);
}

static void guest_init(bight_guest *guest, bight_reactor *reactor, const bight_guest_ops *ops,
                       void *data)
{
    guest->reactor = reactor;
    guest->ops = ops;
    guest->data = data;
    guest->references = 1;
    bighti_link_init(&guest->sockets);
    bighti_link_init(&guest->calls);
    bighti_task_init(&guest->task, reactor, guest_on_task, guest);
    bight_task_set_name(&guest->task, ops->name);
    guest->resident.evict = guest_evict;
}

bight_status bight_guest_new(bight_reactor *reactor, const bight_guest_ops *ops, void *data,
                             bight_guest **out)
{
    bight_guest *guest;
    bight_status status;

    bighti_check_thread(reactor);
    if (!BIGHTI_TABLE_IS_KNOWN(ops, bight_guest_ops, release))
        return BIGHT_ERROR_INVALID;
    guest = calloc(1, sizeof(*guest));
    if (guest == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    guest_init(guest, reactor, ops, data);
    status = bight_timer_new(reactor, guest_on_time, guest, &guest->timer);
    if (status == BIGHT_OK)
        status = bight_fork_watch_new(reactor, guest_on_forked, guest, &guest->fork);
    if (status != BIGHT_OK) {
        bight_timer_free(guest->timer);
        guest_unref(guest);
        return status;
    }
    bight_timer_set_name(guest->timer, ops->name);
    bighti_resident_join(&guest->resident, reactor);
    *out = guest;
    return BIGHT_OK;
}

void bight_guest_free(bight_guest *guest)
{
    if (guest == NULL)
        return;
    bighti_check_thread(guest->reactor);
    BIGHTI_REQUIRE(!guest->freed, "the guest was freed before");
    guest->freed = true;
    bighti_link_unlink(&guest->resident.link);
    guest_silence(guest);
    bight_timer_free(guest->timer);
    guest->timer = NULL;
    bight_task_cancel(&guest->task);
    if (!guest->entered)
        guest_release(guest);
    guest_unref(guest);
}

bool bight_guest_is_inherited(const bight_guest *guest)
{
    return bight_fork_watch_is_inherited(guest->fork);
}
