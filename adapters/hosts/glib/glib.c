/* The GLib host.
 *
 * The reactor is one descriptor, so the host is one GSource that watches it. GLib itself looks at
 * the descriptor after its poll and dispatches the source if it is readable: there is no check
 * function, and nothing that the reactor needs is carried over from one phase of an iteration to
 * the next. That matters, because GLib skips phases at will: prepare of a source is left out once a
 * more important one is ready, and dispatch is left out when a loop inside another source's
 * dispatch came in between. Adapters that keep state across the phases have hung for just that. Now
 * and then the source leaves an iteration out, for the benefit of those below it: see concession.c.
 *
 * There is a prepare function all the same, to tell the reactor that the loop is about to wait.
 * It never makes the source ready and never shortens the wait; leaving it out is harmless, since
 * what the reactor does in it (sending what a callback that runs a nested loop has written so far)
 * it does anyway when that callback ends or when a dispatch begins.
 *
 * Life. The context owns the source, the host keeps no reference: so the finalize function tells
 * that the context was destroyed, and the reactor is on its own then. The other way round the
 * reactor calls detach, which may happen inside the source's own dispatch; GLib keeps the source's
 * memory until that has returned. The run function holds a reference for the same reason: the
 * reactor, and the source with it, may go while the loop it runs is on the stack. */
#include "concession.h"
#include "tie.h"
#include <bight/glib.h>
#include <bight/host.h>
#include <errno.h>

/* One bight_reactor_run() on the stack. */
typedef struct level {
    GMainLoop *loop;
    struct level *outer;
} level;

typedef struct host {
    GSource source;         /* first: GLib allocates the whole as a GSource */
    bight_reactor *reactor; /* NULL when reactor and host have parted */
    GMainContext *context;  /* borrowed: the source never outlives its place in it */
    bight_budget budget;
    level *innermost;
    bighti_concession concession;
    bighti_tie tie;
} host;

static gboolean glib_prepare(GSource *source, gint *timeout)
{
    host *self = (host *)source;
    if (self->reactor != NULL) {
        bight_reactor_before_wait(self->reactor);
        bighti_concession_prepare(&self->concession);
    }
    *timeout = -1;
    return FALSE;
}

static gboolean dispatch(GSource *source, GSourceFunc unused, gpointer data)
{
    host *self = (host *)source;
    bight_turn turn;
    (void)unused;
    (void)data;
    if (self->reactor == NULL || bighti_concession_leaves_out(&self->concession))
        return G_SOURCE_CONTINUE;
    /* Nothing after this call touches the reactor: it may be gone. What the budget left over needs
     * no word to GLib: the descriptor is readable already. */
    turn = bight_reactor_dispatch(self->reactor, self->budget);
    if (self->reactor != NULL)
        bighti_concession_dispatched(&self->concession, turn);
    return G_SOURCE_CONTINUE;
}

static void quit_all(host *self)
{
    for (level *each = self->innermost; each != NULL; each = each->outer)
        g_main_loop_quit(each->loop);
}

static void glib_finalize(GSource *source)
{
    host *self = (host *)source;
    bight_reactor *reactor = self->reactor;
    self->reactor = NULL;
    bighti_concession_end(&self->concession);
    bighti_tie_end(&self->tie);
    if (reactor != NULL)
        bight_host_detach(reactor);
}

static GSourceFuncs source_functions = {glib_prepare, NULL, dispatch, glib_finalize, NULL, NULL};

static bight_status glib_host_run(bight_reactor *reactor, void *data)
{
    host *self = data;
    level here = {g_main_loop_new(self->context, FALSE), self->innermost};
    (void)reactor;
    g_source_ref(&self->source);
    self->innermost = &here;
    g_main_loop_run(here.loop);
    self->innermost = here.outer;
    g_main_loop_unref(here.loop);
    g_source_unref(&self->source);
    return BIGHT_OK;
}

static void glib_host_stop(bight_reactor *reactor, void *data)
{
    host *self = data;
    (void)reactor;
    if (self->innermost != NULL)
        g_main_loop_quit(self->innermost->loop);
}

static void glib_host_detach(bight_reactor *reactor, void *data)
{
    host *self = data;
    (void)reactor;
    self->reactor = NULL;
    bighti_concession_end(&self->concession);
    bighti_tie_end(&self->tie);
    quit_all(self);
    g_source_destroy(&self->source);
}

static const bight_host_ops host_ops = {
    .size = sizeof(bight_host_ops),
    .name = "glib",
    .run = glib_host_run,
    .stop = glib_host_stop,
    .detach = glib_host_detach,
    .level_triggered = true,
};

static host *host_new(bight_reactor *reactor, GMainContext *context, int priority,
                      bight_budget budget)
{
    host *self = (host *)g_source_new(&source_functions, sizeof(host));
    self->reactor = NULL;
    self->context = context != NULL ? context : g_main_context_default();
    self->budget = budget;
    self->innermost = NULL;
    self->tie = (bighti_tie){NULL, NULL, 0};
    g_source_set_static_name(&self->source, "[bight] reactor");
    g_source_set_priority(&self->source, priority);
    /* A dialog that runs its loop inside a callback must find the network alive. */
    g_source_set_can_recurse(&self->source, TRUE);
    bighti_concession_init(&self->concession, &self->source, bight_reactor_fd(reactor));
    return self;
}

bight_status bight_glib_attach(bight_reactor *reactor, GMainContext *context, int priority,
                               bight_budget budget)
{
    host *self = host_new(reactor, context, priority, budget);
    bight_status status = bight_host_attach(reactor, &host_ops, self);
    if (status == BIGHT_OK) {
        self->reactor = reactor;
        (void)g_source_attach(&self->source, self->context);
    }
    g_source_unref(&self->source);
    return status;
}

bight_status bight_glib_application_hold(bight_reactor *reactor, GApplication *application)
{
    host *self = bight_host_get(reactor, &host_ops);

    g_return_val_if_fail(G_IS_APPLICATION(application), BIGHT_ERROR_INVALID);
    if (self == NULL || self->tie.application != NULL || self->context != g_main_context_default())
        return BIGHT_ERROR_STATE;
    bighti_tie_begin(&self->tie, reactor, application);
    return BIGHT_OK;
}

bight_reactor *bight_glib_reactor_new_with(GMainContext *context, int priority, bight_budget budget)
{
    bight_reactor *reactor = bight_reactor_new();
    if (reactor == NULL)
        return NULL;
    if (bight_glib_attach(reactor, context, priority, budget) == BIGHT_OK)
        return reactor;
    bight_reactor_free(reactor);
    errno = ENOMEM; /* a fresh reactor has no host, so only memory can be missing */
    return NULL;
}

bight_reactor *bight_glib_reactor_new(GMainContext *context)
{
    return bight_glib_reactor_new_with(context, BIGHT_GLIB_PRIORITY, BIGHT_BUDGET_GUI);
}

bight_reactor *bight_glib_reactor_open(void)
{
    return bight_glib_reactor_new(NULL);
}
