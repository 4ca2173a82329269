/* The CFRunLoop host, on the CoreFoundation of a Swift toolchain.
 *
 * The reactor is one descriptor, so the host is one version 1 source, whose "port" on Linux is a
 * descriptor. The run loop has its own edge-triggered epoll set of ports, takes one event per
 * pass, and acknowledges it by reading eight bytes from the descriptor. On an epoll descriptor
 * that read fails (EINVAL), which release builds ignore. On a socket it would consume the
 * program's bytes, so this works only with a nested poller. CoreFoundation does not guarantee that
 * the failed read is ignored. So attaching tests it first, in a separate mode, and uses relay.c if
 * the source does not fire.
 *
 * Edges. If something is still ready after a dispatch, the core generates an edge. A loop nested
 * in a callback needs an edge for events that the outer dispatch has not processed yet. So the
 * host calls bight_reactor_before_wait() at the start of each nested pass too, because
 * CFRunLoopRunInMode() with 0 seconds never announces a wait.
 *
 * Stopping. CFRunLoopStop() ends the innermost run of the loop, which may not be the host's own:
 * the program may have run a dialog in a callback. An observer counts the runs on the stack. A
 * stop for an outer run is kept until that run is the innermost.
 *
 * Lifetime. Only the run loop owns the source and the observer. If it is destroyed first (its
 * thread ends), the release function of the source is called. The host itself is
 * reference-counted: the source, the observer and each function on the stack hold it. */
#include <CoreFoundation/CFRunLoop.h>

#include "internal.h"
#include <bight/cfrunloop.h>
#include <bight/host.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One bight_reactor_run() on the stack. */
typedef struct level {
    struct level *outer;
    int depth; /* runs of the loop on the stack, this one included */
    bool quit;
} level;

typedef struct host {
    bight_reactor *reactor; /* NULL when reactor and host have parted */
    CFRunLoopRef loop;      /* borrowed: it outlives the source */
    CFRunLoopSourceRef source;
    CFRunLoopObserverRef observer;
    bighti_relay relay;
    int port; /* what the run loop watches: the reactor's descriptor, or the relay's */
    bight_budget budget;
    level *innermost;
    unsigned references;
    unsigned dispatching; /* dispatches on the stack */
    int depth;            /* runs of the loop on the stack since attaching */
    pid_t process;        /* that attached; a forked child shares its epoll set */
    bool testing;         /* the self-test is running */
    bool tested;          /* and the source has fired in it */
} host;

static void cf_drop(host *self)
{
    if (--self->references > 0)
        return;
    bighti_relay_close(&self->relay);
    free(self);
}

/* Casts const away, because CoreFoundation passes the host as const. */
static host *host_of(const void *info)
{
    host *self;

    memcpy(&self, &info, sizeof(self));
    return self;
}

static const void *retain_info(const void *info)
{
    host_of(info)->references++;
    return info;
}

static void release_observer_info(const void *info)
{
    cf_drop(host_of(info));
}

/* If there is still a reactor, the run loop is being destroyed. */
static void release_source_info(const void *info)
{
    host *self = host_of(info);
    bight_reactor *reactor = self->reactor;

    self->reactor = NULL;
    if (reactor != NULL)
        bight_host_detach(reactor);
    cf_drop(self);
}

static bool is_relayed(const host *self)
{
    return self->relay.context != 0;
}

/* Also called while the source is invalidated, when there may be no reactor. */
static __CFPort get_port(void *info)
{
    return ((host *)info)->port;
}

/* The relay reports once, even if the descriptor is ready already. */
static void arm_relay(host *self)
{
    if (self->reactor != NULL && is_relayed(self))
        bighti_relay_arm(&self->relay);
}

/* Stop the loop if a stop is pending for the run that is now the innermost. */
static void settle_stop(host *self)
{
    if (self->innermost != NULL && self->innermost->quit && self->innermost->depth == self->depth)
        CFRunLoopStop(self->loop);
}

static void perform(void *info)
{
    host *self = info;
    CFRunLoopSourceRef source = self->source;

    if (self->testing) {
        self->tested = true;
        return;
    }
    if (self->reactor == NULL)
        return;
    self->references++;
    CFRetain(source);
    bighti_relay_fired(&self->relay);
    self->dispatching++;
    (void)bight_reactor_dispatch(self->reactor, self->budget);
    self->dispatching--;
    arm_relay(self);
    settle_stop(self);
    CFRelease(source);
    cf_drop(self);
}

static void observe(CFRunLoopObserverRef observer, CFRunLoopActivity activity, void *info)
{
    host *self = info;

    (void)observer;
    if (activity == kCFRunLoopEntry)
        self->depth++;
    else if (activity == kCFRunLoopExit)
        self->depth--;
    if (activity != kCFRunLoopBeforeSources && activity != kCFRunLoopBeforeWaiting)
        return;
    settle_stop(self);
    if (self->reactor == NULL || (self->dispatching == 0 && activity == kCFRunLoopBeforeSources))
        return;
    bight_reactor_before_wait(self->reactor);
    if (self->dispatching > 0)
        arm_relay(self);
}

/* -- Operations of the host -- */

static void forget_observer(host *self)
{
    CFRunLoopObserverRef observer = self->observer;

    self->observer = NULL;
    if (observer != NULL)
        CFRunLoopObserverInvalidate(observer);
}

static bight_status cf_host_run(bight_reactor *reactor, void *data)
{
    host *self = data;
    level here = {.outer = self->innermost, .depth = self->depth + 1};

    (void)reactor;
    self->references++;
    self->innermost = &here;
    /* So long that CoreFoundation treats it as no limit and makes no libdispatch timer. */
    CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e10, false);
    self->innermost = here.outer;
    settle_stop(self);
    if (self->reactor == NULL && self->innermost == NULL)
        forget_observer(self);
    cf_drop(self);
    return BIGHT_OK;
}

static void cf_host_stop(bight_reactor *reactor, void *data)
{
    host *self = data;

    (void)reactor;
    if (self->innermost == NULL)
        return;
    self->innermost->quit = true;
    settle_stop(self);
}

static bool is_forked(const host *self)
{
    return self->process != getpid();
}

/* A forked child shares the run loop's epoll set, and removing a descriptor in the child would
 * remove it for the parent. So the child never removes the source and the observer. */
static void leave_to_parent(host *self)
{
    self->reactor = NULL;
    for (level *each = self->innermost; each != NULL; each = each->outer)
        each->quit = true;
    settle_stop(self);
}

/* The observer stays until all runs on the stack have been stopped one by one. */
static void cf_host_detach(bight_reactor *reactor, void *data)
{
    host *self = data;
    CFRunLoopSourceRef source = self->source;

    (void)reactor;
    if (is_forked(self)) {
        leave_to_parent(self);
        return;
    }
    self->references++;
    self->reactor = NULL;
    self->source = NULL;
    for (level *each = self->innermost; each != NULL; each = each->outer)
        each->quit = true;
    CFRunLoopSourceInvalidate(source);
    bighti_relay_close(&self->relay);
    settle_stop(self);
    if (self->innermost == NULL)
        forget_observer(self);
    cf_drop(self);
}

/* CoreFoundation cannot rebuild its epoll set, so the child's reactor has no host. */
static void host_forked(bight_reactor *reactor, void *data)
{
    leave_to_parent(data);
    bight_host_detach(reactor);
}

static const bight_host_ops host_ops = {
    .size = sizeof(bight_host_ops),
    .name = "cfrunloop",
    .run = cf_host_run,
    .stop = cf_host_stop,
    .detach = cf_host_detach,
    .forked = host_forked,
};

/* -- Attaching -- */

static CFRunLoopSourceRef new_source(host *self)
{
    CFRunLoopSourceContext1 context = {
        .version = 1,
        .info = self,
        .retain = retain_info,
        .release = release_source_info,
        .getPort = get_port,
        .perform = perform,
    };

    return CFRunLoopSourceCreate(NULL, 0, (CFRunLoopSourceContext *)&context);
}

static CFRunLoopObserverRef new_observer(host *self)
{
    CFRunLoopObserverContext context = {
        .info = self, .retain = retain_info, .release = release_observer_info};
    CFOptionFlags activities =
        kCFRunLoopEntry | kCFRunLoopBeforeSources | kCFRunLoopBeforeWaiting | kCFRunLoopExit;

    return CFRunLoopObserverCreate(NULL, activities, true, 0, observe, &context);
}

/* The test uses a separate mode, so that no code of the program runs meanwhile. A loop keeps a
 * mode for ever, so all tests use the same name. */
static bool passes_self_test(host *self)
{
    CFStringRef mode = __extension__ CFSTR("bight.self-test");
    CFRunLoopSourceRef source = new_source(self);
    bight_reactor *reactor = self->reactor;

    if (source == NULL)
        return false;
    CFRunLoopAddSource(self->loop, source, mode);
    bight_reactor_wake(self->reactor);
    self->testing = true;
    CFRunLoopRunInMode(mode, 0, true);
    self->testing = false;
    CFRunLoopSourceInvalidate(source);
    self->reactor = NULL; /* this release does not mean that the loop was destroyed */
    CFRelease(source);
    self->reactor = reactor;
    return self->tested;
}

static bight_status choose_way(host *self, bighti_way way)
{
    int result;

    self->port = bight_reactor_fd(self->reactor);
    if (way == BIGHTI_WAY_TESTED && passes_self_test(self))
        return BIGHT_OK;
    result = bighti_relay_open(&self->relay, self->port);
    if (result == 0) {
        self->port = self->relay.event_fd;
        return BIGHT_OK;
    }
    return result == -ENOSYS || result == -EPERM ? BIGHT_ERROR_UNSUPPORTED
                                                 : bight_status_from_errno(-result);
}

static bight_status join_loop(host *self)
{
    CFRunLoopObserverRef observer = new_observer(self);
    CFRunLoopSourceRef source = new_source(self);

    if (observer == NULL || source == NULL) {
        if (observer != NULL)
            CFRelease(observer);
        return BIGHT_ERROR_NO_MEMORY;
    }
    self->observer = observer;
    self->source = source;
    CFRunLoopAddObserver(self->loop, observer, kCFRunLoopCommonModes);
    CFRunLoopAddSource(self->loop, source, kCFRunLoopCommonModes);
    CFRelease(observer);
    CFRelease(source);
    arm_relay(self);
    bight_reactor_wake(self->reactor); /* descriptors that were ready before cause no edge */
    return BIGHT_OK;
}

bight_status bighti_cfrunloop_attach(bight_reactor *reactor, bight_budget budget, bighti_way way)
{
    host *self = calloc(1, sizeof(*self));
    bight_status status;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *self = (host){.reactor = reactor, .budget = budget, .references = 1, .process = getpid()};
    self->loop = CFRunLoopGetCurrent();
    status = choose_way(self, way);
    if (status == BIGHT_OK)
        status = bight_host_attach(reactor, &host_ops, self);
    if (status == BIGHT_OK) {
        status = join_loop(self);
        if (status != BIGHT_OK)
            bight_host_detach(reactor);
    }
    if (status != BIGHT_OK)
        self->reactor = NULL;
    cf_drop(self);
    return status;
}

bight_status bight_cfrunloop_attach(bight_reactor *reactor, bight_budget budget)
{
    return bighti_cfrunloop_attach(reactor, budget, BIGHTI_WAY_TESTED);
}

bight_reactor *bight_cfrunloop_reactor_new_with(bight_budget budget)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_status status;

    if (reactor == NULL)
        return NULL;
    status = bight_cfrunloop_attach(reactor, budget);
    if (status == BIGHT_OK)
        return reactor;
    bight_reactor_free(reactor);
    errno = status == BIGHT_ERROR_UNSUPPORTED ? ENOTSUP : ENOMEM;
    return NULL;
}

bight_reactor *bight_cfrunloop_reactor_new(void)
{
    return bight_cfrunloop_reactor_new_with(BIGHT_BUDGET_GUI);
}

bight_reactor *bight_cfrunloop_reactor_open(void)
{
    return bight_cfrunloop_reactor_new();
}
