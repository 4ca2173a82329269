/* The CFRunLoop host, on the CoreFoundation of a Swift toolchain.
 *
 * The reactor is one descriptor, so the host is one version 1 source, whose "port" on Linux is a
 * descriptor. The run loop keeps its ports in an epoll set of its own, edge-triggered, takes one
 * event a pass, and acknowledges it by reading eight bytes from the descriptor. On an epoll
 * descriptor that read fails (EINVAL), which release builds ignore; on a socket it would eat the
 * program's bytes, which is why nothing but a nested poller can ride here. That the read is ignored
 * is nowhere promised, so attaching tries it out first, in a mode of its own, and takes the detour
 * of relay.c if the source does not fire.
 *
 * Edges. What is still ready after a dispatch the core makes an edge of. A loop that is nested in a
 * callback needs one for what that dispatch has not come to yet, so the core is told of a wait at
 * the start of each nested pass too: CFRunLoopRunInMode() with 0 seconds never announces one.
 *
 * Stopping. CFRunLoopStop() ends the innermost run of the loop, which need not be ours: the program
 * may have run a dialog in a callback. An observer counts the runs that are on the stack; a stop
 * that is meant for one further down is kept until that one is the innermost.
 *
 * Life. The run loop alone owns the source and the observer. When it goes first (its thread ends)
 * the release function of the source tells. The host itself is counted: the source, the observer
 * and each function on the stack hold it. */
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
    int depth; /* of runs of the loop, this one included */
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
    pid_t process;        /* that attached; in a child the run loop's set is this one's */
    bool testing;         /* the self-test is on */
    bool tested;          /* and the source has fired in it */
} host;

static void cf_drop(host *self)
{
    if (--self->references > 0)
        return;
    bighti_relay_close(&self->relay);
    free(self);
}

/* CoreFoundation counts what is const to it. */
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

/* Still with a reactor, it is the run loop that goes. */
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

/* Also asked while the source is invalidated, when there may be no reactor any more. */
static __CFPort get_port(void *info)
{
    return ((host *)info)->port;
}

/* The relay tells once, and also of what is ready already. */
static void arm_relay(host *self)
{
    if (self->reactor != NULL && is_relayed(self))
        bighti_relay_arm(&self->relay);
}

/* Stop the loop if a stop is owed to the run that is the innermost now. */
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

/* -- What the reactor wants -- */

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
    /* So long that CoreFoundation takes it for no limit, and no timer of libdispatch is made. */
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

/* The run loop's own set is shared by a fork, and what a child took out of it would be taken from
 * its parent. So in a child the source and the observer are left where they are, for good. */
static void leave_to_parent(host *self)
{
    self->reactor = NULL;
    for (level *each = self->innermost; each != NULL; each = each->outer)
        each->quit = true;
    settle_stop(self);
}

/* The observer stays until the runs that are on the stack have been stopped one by one. */
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

/* CoreFoundation has no way to make its set anew, so the child's reactor is on its own. */
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

/* A mode of its own, so that nothing of the program's runs meanwhile. A loop keeps a mode for ever,
 * hence one name for all. */
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
    self->reactor = NULL; /* that it is released now does not mean that the loop is gone */
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
    bight_reactor_wake(self->reactor); /* what was ready before makes no edge */
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
