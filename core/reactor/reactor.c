/* The life of a reactor: made, attached to a host, freed.
 *
 * Objects (watches, timers, transports) hold a reference, so that the memory outlives
 * bight_reactor_free() for as long as it may still be used. But after that call the reactor is
 * dead: its descriptors are closed, and starting anything on it has no effect. A turn on the stack
 * holds a reference too, which makes freeing legal in any callback on any level. */
#include "../base/check.h"
#include "../base/options.h"
#include "internal.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { KEPT_READ_BUFFERS = 2, KEPT_CHUNKS = 256, LEAST_READ_BUFFER = 512 };

__attribute__((cold)) void bighti_refuse_caller(const bight_reactor *reactor, const char *function)
{
    bighti_misuse(function, reactor == NULL ? BIGHTI_NO_REACTOR
                                            : "called on a thread that is not the reactor's");
}

bight_reactor *bighti_reactor_ref(bight_reactor *reactor)
{
    reactor->references++;
    return reactor;
}

void bighti_reactor_unref(bight_reactor *reactor)
{
    if (--reactor->references > 0)
        return;
    pthread_mutex_destroy(&reactor->lock);
    bighti_pool_deinit(&reactor->shared.read_buffers);
    bighti_pool_deinit(&reactor->shared.chunks);
    bighti_slab_deinit(&reactor->timers);
    free(reactor);
}

static uint64_t monotonic(void *data)
{
    (void)data;
    return bight_monotonic_now();
}

static void reactor_init_lists(bight_reactor *reactor)
{
    bighti_link_init(&reactor->due);
    bighti_link_init(&reactor->tasks);
    bighti_link_init(&reactor->tasks_next);
    bighti_link_init(&reactor->io);
    bighti_link_init(&reactor->io_next);
    bighti_link_init(&reactor->shared.flushes);
    bighti_link_init(&reactor->members);
    bighti_link_init(&reactor->news);
    bighti_link_init(&reactor->news_next);
    bighti_link_init(&reactor->residents);
    bighti_link_init(&reactor->rung);
    bighti_link_init(&reactor->bells);
    bighti_link_init(&reactor->data);
    bighti_link_init(&reactor->watches);
    bighti_link_init(&reactor->fork_watches);
    bighti_link_init(&reactor->signals);
}

/* The descriptors of the wake-up and of the timers are edge-triggered: each write or expiry is one
 * event, and they need not be read. They belong to no watch, hence the NULL. */
int bighti_reactor_join_own(bight_reactor *reactor)
{
    bighti_poller *poller = &reactor->poller;
    int result = bighti_poller_add(poller, reactor->wake_fd, EPOLLIN | EPOLLET, NULL);

    if (result == 0 && reactor->timer_fd >= 0)
        result = bighti_poller_add(poller, reactor->timer_fd, EPOLLIN | EPOLLET, NULL);
    return result;
}

/* With a clock of the user the kernel does not know when a timer is due. */
static int open_descriptors(bight_reactor *reactor, bool own_clock)
{
    int result = bighti_poller_init(&reactor->poller);

    reactor->shared.mark = reactor->poller.mark;
    reactor->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (result == 0 && reactor->wake_fd < 0)
        result = -errno;
    reactor->timer_fd =
        own_clock ? -1 : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (result == 0 && reactor->timer_fd < 0 && !own_clock)
        result = -errno;
    if (result == 0)
        result = bighti_reactor_join_own(reactor);
    return result;
}

static void close_descriptors(bight_reactor *reactor)
{
    bighti_poller_close(&reactor->poller);
    if (reactor->timer_fd >= 0)
        close(reactor->timer_fd);
    if (reactor->wake_fd >= 0)
        close(reactor->wake_fd);
    reactor->timer_fd = reactor->wake_fd = -1;
}

static void reactor_init(bight_reactor *reactor, const bight_reactor_options *options)
{
    reactor->references = 1;
    reactor->armed = BIGHT_NEVER;
    reactor->clock = options->clock;
    if (reactor->clock.now == NULL)
        reactor->clock.now = monotonic;
    reactor->shared.read_cap = options->read_cap;
    reactor->shared.thread = bighti_this_thread();
    pthread_mutex_init(&reactor->lock, NULL);
    reactor_init_lists(reactor);
    bighti_timers_init(reactor);
    bighti_wheel_init(&reactor->wheel, reactor->clock.now(reactor->clock.data));
    bighti_pool_init(&reactor->shared.read_buffers, options->read_buffer, KEPT_READ_BUFFERS);
    bighti_pool_init(&reactor->shared.chunks, BIGHTI_CHUNK_SIZE, KEPT_CHUNKS);
}

bight_status bight_reactor_new_with(const bight_reactor_options *given, bight_reactor **out)
{
    static const bight_reactor_options defaults = BIGHT_REACTOR_OPTIONS_INIT;
    bight_reactor_options options;
    bight_reactor *reactor;
    int result;

    if (!bighti_options_read(given, &defaults, sizeof(options), &options) ||
        options.read_buffer < LEAST_READ_BUFFER)
        return BIGHT_ERROR_INVALID;
    reactor = calloc(1, sizeof(*reactor));
    if (reactor == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    result = open_descriptors(reactor, options.clock.now != NULL);
    if (result < 0) {
        close_descriptors(reactor);
        free(reactor);
        errno = -result;
        return bight_status_from_errno(-result);
    }
    reactor_init(reactor, &options);
    *out = reactor;
    return BIGHT_OK;
}

bight_reactor *bight_reactor_new(void)
{
    bight_reactor *reactor = NULL;

    if (bight_reactor_new_with(NULL, &reactor) != BIGHT_OK)
        return NULL;
    return reactor;
}

static void leave_host(bight_reactor *reactor)
{
    const bight_host_ops *ops = reactor->host_ops;

    reactor->host_ops = NULL;
    if (ops != NULL && ops->detach != NULL)
        ops->detach(reactor, reactor->host);
    reactor->host = NULL;
}

static void forget_ready(bight_reactor *reactor)
{
    bighti_link *lists[] = {&reactor->due, &reactor->tasks,   &reactor->tasks_next,
                            &reactor->io,  &reactor->io_next, &reactor->shared.flushes};

    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        while (bighti_list_pop(lists[i]) != NULL) {
        }
    }
}

void bight_reactor_free(bight_reactor *reactor)
{
    if (reactor == NULL)
        return;
    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(!reactor->shared.dead, "the reactor was freed before");
    reactor->shared.dead = true;
    reactor->yield = true;
    for (bighti_run *run = reactor->shared.run; run != NULL; run = run->outer)
        run->stop = true;
    leave_host(reactor);
    bighti_residents_evict(reactor);
    bighti_members_evict(reactor);
    bighti_posts_drop(reactor);
    bighti_signals_drop(reactor);
    bighti_data_drop(reactor);
    forget_ready(reactor);
    close_descriptors(reactor);
    bighti_reactor_unref(reactor);
}

/* The timer descriptor is armed only after this call, because only then may a loop wait on the
 * reactor's descriptor; the native loop uses the deadline as the timeout of its wait. */
int bight_reactor_fd(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    if (!reactor->is_watched && !reactor->shared.dead) {
        reactor->is_watched = true;
        bighti_timers_arm(reactor);
    }
    return reactor->poller.fd;
}

uint64_t bight_reactor_get_deadline(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    if (bighti_work_remains(reactor))
        return bight_reactor_now(reactor);
    return bighti_wheel_next(&reactor->wheel);
}

uint64_t bight_reactor_now(bight_reactor *reactor)
{
    BIGHTI_REQUIRE_REACTOR(reactor);
    if (reactor->now_valid)
        return reactor->now;
    reactor->now = reactor->clock.now(reactor->clock.data);
    reactor->now_valid = reactor->shared.depth > 0;
    return reactor->now;
}

bight_status bight_host_attach(bight_reactor *reactor, const bight_host_ops *ops, void *host)
{
    bighti_check_thread(reactor);
    if (!BIGHTI_TABLE_IS_KNOWN(ops, bight_host_ops, detach))
        return BIGHT_ERROR_INVALID;
    if (reactor->host_ops != NULL)
        return BIGHT_ERROR_STATE;
    reactor->host_ops = ops;
    reactor->host = host;
    return BIGHT_OK;
}

void bight_host_detach(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    reactor->host_ops = NULL;
    reactor->host = NULL;
    reactor->shared.announces = false;
}

void *bight_host_get(const bight_reactor *reactor, const bight_host_ops *ops)
{
    bighti_check_thread(reactor);
    return reactor->host_ops == ops ? reactor->host : NULL;
}

const char *bight_reactor_get_host_name(const bight_reactor *reactor)
{
    BIGHTI_REQUIRE_REACTOR(reactor);
    return reactor->host_ops != NULL ? reactor->host_ops->name : "native";
}

void bight_reactor_get_stats(const bight_reactor *reactor, bight_reactor_stats *stats)
{
    BIGHTI_REQUIRE_REACTOR(reactor);
    bighti_stats_write(&reactor->shared.stats, sizeof(*stats), stats);
}
