/* A concession: the reactor steps aside for sources that are less important than itself.
 *
 * In each iteration GLib dispatches the sources of one priority, the most important that is ready.
 * Under a flood the reactor is ready in every iteration, so whatever stands below it (idle
 * functions at 200, the validation of a text view at 125) would never run. So the reactor leaves
 * iterations out: once in each period of 16 ms, while it is busy all the time. GLib then goes down
 * by itself, one priority an iteration.
 *
 * A frame must not wait for this, nor the network wait for a frame. Therefore the reactor steps
 * aside only in a gap, an iteration in which nothing of its own priority or above is due. Beside a
 * frame that is due it runs as ever, and the concession waits for the next gap. The prepare phase
 * tells: GLib leaves out the prepare functions of all sources that are less important than one
 * which is ready already, so that the judge, a source right below the reactor, is prepared in gaps
 * alone. The reactor's own descriptor is not ready before the check phase, and does not disturb it.
 *
 * An equal that was dispatched before the reactor, in the same iteration, may have painted for
 * long. If the reactor ran then, the frame after that would be due already and there would be no
 * gap. So the reactor leaves out that dispatch, once in a concession and then every 100 ms.
 *
 * The concession is over when nobody below is ready any more, or 2 ms after the first of them got
 * the loop, so that a busy idle function cannot starve the network. The check phase tells both:
 * GLib does not check sources that are less important than one which is ready. The judge is checked
 * when somebody below may have the iteration, and `last`, the least important source of all, when
 * nobody wants it. An iteration in which nobody wants it is left empty on purpose: programs drain a
 * context with g_main_context_iteration() until that finds nothing to do, g_application_run() does
 * so before it returns, and a flood would keep them at it for ever.
 *
 * All of this costs three sources that exist during a concession only. The reactor's source then
 * ignores its descriptor and the deputy watches it, since a descriptor that was added with
 * g_source_add_unix_fd() makes its source ready no matter what a check function says. Before a
 * concession begins the descriptor is polled: a loop that will wait owes nobody anything.
 *
 * GLib skips phases at will. What is remembered from one phase to the next may then be wrong for
 * one iteration, in which the reactor is late or the others are: the descriptor stays readable, so
 * the loop does not wait, and the next iteration decides anew. Two reactors in one context have to
 * step aside together, or each would run in the other's gap; that is why periods follow the clock,
 * and why the wait for the loop is longer than a slice. */
#include "concession.h"
#include <poll.h>

typedef struct helper {
    GSource source; /* first: GLib allocates the whole as a GSource */
    bighti_concession *concession;
    GPollFD readiness; /* of the reactor's descriptor, for the deputy */
} helper;

static bighti_concession *concession_of(GSource *source)
{
    return ((helper *)source)->concession;
}

static gboolean helper_prepare(GSource *source, gint *timeout)
{
    (void)source;
    *timeout = -1;
    return FALSE;
}

/* -- The deputy, at the reactor's priority -- */

static gboolean deputy_prepare(GSource *source, gint *timeout)
{
    bighti_concession *self = concession_of(source);

    self->is_gap = self->steps_aside = false;
    return self->source->source_funcs->prepare(self->source, timeout);
}

/* In a gap the reactor steps aside until its time is over. */
static bool is_under_way(bighti_concession *self)
{
    gint64 longest = self->is_taken ? BIGHTI_CONCESSION_LONGEST : BIGHTI_CONCESSION_LONGEST_WAIT;

    if (self->began_at == 0)
        self->began_at = self->checked_at;
    return self->checked_at - self->began_at < longest;
}

static gboolean deputy_check(GSource *source)
{
    bighti_concession *self = concession_of(source);
    bool is_ready = ((helper *)source)->readiness.revents != 0;

    self->checked_at = g_source_get_time(self->source);
    if (!self->is_gap) {
        self->began_at = 0;
        self->is_taken = false;
        return is_ready;
    }
    if (is_ready && is_under_way(self)) {
        self->steps_aside = true;
        return FALSE;
    }
    bighti_concession_end(self); /* also if the network is at rest: then they have the loop */
    return is_ready;
}

static bool is_left_out(bighti_concession *self)
{
    gint64 now = g_get_monotonic_time();

    if (now - self->checked_at < BIGHTI_CONCESSION_LONG_CALL ||
        (self->left_out_at != 0 && now - self->left_out_at < BIGHTI_CONCESSION_RETRY))
        return false;
    self->left_out_at = now;
    return true;
}

/* The callbacks may free the reactor, and its source with it. */
static gboolean deputy_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
    bighti_concession *self = concession_of(source);
    GSource *reactors;

    if (is_left_out(self))
        return G_SOURCE_CONTINUE;
    reactors = g_source_ref(self->source);
    reactors->source_funcs->dispatch(reactors, fn, data);
    g_source_unref(reactors);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs deputy_functions = {deputy_prepare, deputy_check, deputy_dispatch,
                                        NULL,           NULL,         NULL};

/* -- The judge, right below it -- */

static gboolean judge_prepare(GSource *source, gint *timeout)
{
    *timeout = -1;
    concession_of(source)->is_gap = true;
    return FALSE;
}

static gboolean judge_check(GSource *source)
{
    bighti_concession *self = concession_of(source);

    if (self->steps_aside && !self->is_taken) {
        self->is_taken = true;
        self->began_at = g_source_get_time(self->source);
    }
    return FALSE;
}

/* Never called: neither of these two is ever ready. */
static gboolean helper_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
    (void)source;
    (void)fn;
    (void)data;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs judge_functions = {judge_prepare, judge_check, helper_dispatch,
                                       NULL,          NULL,        NULL};

/* -- The last of all -- */

static gboolean last_check(GSource *source)
{
    bighti_concession *self = concession_of(source);

    if (self->steps_aside)
        bighti_concession_end(self);
    return FALSE;
}

static GSourceFuncs last_functions = {helper_prepare, last_check, helper_dispatch,
                                      NULL,           NULL,       NULL};

/* -- The concession -- */

static GSource *helper_new(bighti_concession *self, GSourceFuncs *functions, int priority)
{
    GSource *source = g_source_new(functions, sizeof(helper));

    ((helper *)source)->concession = self;
    g_source_set_static_name(source, "[bight] concession");
    g_source_set_priority(source, priority);
    g_source_set_can_recurse(source, TRUE);
    return source;
}

static void concession_begin(bighti_concession *self)
{
    GMainContext *context = g_source_get_context(self->source);
    int priority = g_source_get_priority(self->source);
    GPollFD *readiness;

    if (priority >= G_MAXINT - 1)
        return;
    self->deputy = helper_new(self, &deputy_functions, priority);
    self->judge = helper_new(self, &judge_functions, priority + 1);
    self->last = helper_new(self, &last_functions, G_MAXINT);
    readiness = &((helper *)self->deputy)->readiness;
    *readiness = (GPollFD){.fd = self->fd, .events = G_IO_IN};
    g_source_add_poll(self->deputy, readiness);
    g_source_modify_unix_fd(self->source, self->tag, 0);
    (void)g_source_attach(self->deputy, context);
    (void)g_source_attach(self->judge, context);
    (void)g_source_attach(self->last, context);
}

static void helper_drop(GSource **source)
{
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

void bighti_concession_end(bighti_concession *self)
{
    self->is_due = self->steps_aside = self->is_taken = false;
    self->began_at = self->left_out_at = 0;
    if (self->deputy == NULL)
        return;
    helper_drop(&self->deputy);
    helper_drop(&self->judge);
    helper_drop(&self->last);
    if (!g_source_is_destroyed(self->source))
        g_source_modify_unix_fd(self->source, self->tag, G_IO_IN);
}

void bighti_concession_init(bighti_concession *self, GSource *source, int fd)
{
    *self = (bighti_concession){.source = source, .fd = fd};
    self->tag = g_source_add_unix_fd(source, fd, G_IO_IN);
}

void bighti_concession_prepare(bighti_concession *self)
{
    struct pollfd readiness = {.fd = self->fd, .events = POLLIN};

    if (!self->is_due)
        return;
    self->is_due = false;
    if (poll(&readiness, 1, 0) > 0)
        concession_begin(self);
}

/* The clock is looked at when work was left over, and else now and then: short dispatches may keep
 * a loop busy too. */
void bighti_concession_dispatched(bighti_concession *self, bight_turn turn)
{
    gint64 period;

    if (turn == BIGHT_TURN_IDLE && ++self->unlooked < BIGHTI_CONCESSION_LOOK_EVERY)
        return;
    self->unlooked = 0;
    period = g_get_monotonic_time() / BIGHTI_CONCESSION_PERIOD;
    if (period == self->period || self->deputy != NULL)
        return;
    self->period = period;
    self->is_due = true;
}
