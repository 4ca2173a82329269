/* The GLib host.
 *
 * The reactor is one descriptor, so the host is one GSource that watches it. After its poll, GLib
 * itself checks the descriptor and dispatches the source if it is read-ready. There is no check
 * function, and the reactor needs no state from one phase of an iteration in the next. That
 * matters, because GLib may skip phases: prepare is skipped once a source of higher priority is
 * ready, and dispatch is skipped if another source's dispatch has run a nested loop. Adapters that
 * keep state across phases have hung for this reason. Sometimes the source skips an iteration in
 * favour of lower priorities: see concession.c.
 *
 * A prepare function tells the reactor that the loop is about to wait. It never makes the source
 * ready and never shortens the wait. Skipping it is harmless: the reactor uses it to send output
 * of a callback that runs a nested loop, and would send that anyway when the callback ends or a
 * dispatch begins.
 *
 * Lifetime. The context owns the source, and the host keeps no reference. So the finalize function
 * means that the context was destroyed, and the reactor loses its host. If the reactor is freed
 * first, it calls detach, possibly inside the source's own dispatch; GLib keeps the source's
 * memory until that has returned. The run function holds a reference for the same reason: the
 * reactor and the source may be freed while the loop that it runs is on the stack. */
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
    GMainContext *context;  /* borrowed: the source is never used after the context */
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
    /* The reactor may be freed in this call and is not used after it. If the budget left work
     * over, the descriptor is already read-ready, so GLib dispatches again. */
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
    /* The network must work while a callback runs the loop of a dialog. */
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
    errno = ENOMEM; /* a new reactor has no host, so the only possible error is lack of memory */
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
