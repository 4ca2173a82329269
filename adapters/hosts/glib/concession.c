/* A concession: the reactor yields to sources of lower priority.
 *
 * In each iteration GLib dispatches the ready sources of the highest priority only. During a flood
 * the reactor is ready in every iteration, so sources below it (idle functions at 200, the
 * validation of a text view at 125) would never run. So while the reactor always has work, it
 * skips iterations once per period of 16 ms. GLib then dispatches the lower priorities, one per
 * iteration.
 *
 * A frame must not wait for this, and the network must not wait for a frame. Therefore the reactor
 * yields only in a gap: an iteration in which nothing of its own priority or above is due. If a
 * frame is due, the reactor runs as usual, and the concession stays pending until the next gap.
 * The prepare phase detects gaps. GLib skips the prepare functions of all sources below one that
 * is ready, so the `judge`, a source right below the reactor, is prepared only in gaps. GLib does
 * not check the reactor's descriptor before the poll, so the judge can still exclude it from the
 * poll. The reactor's prepare function includes it again.
 *
 * A source of the same priority, dispatched before the reactor in the same iteration, may have
 * painted for a long time. If the reactor ran then, the next frame would be due already, and there
 * would be no gap. So the reactor skips that dispatch, once per concession and then every 100 ms.
 *
 * The concession ends when no lower source is ready any more, or 2 ms after the first of them ran,
 * so that a busy idle function cannot starve the network. The check phase detects both, because
 * GLib does not check sources below one that is ready. The judge is checked when a lower source
 * may have the iteration, and `last`, the source of the lowest priority, when none needs it. Such
 * an iteration stays empty on purpose. Programs drain a context by calling
 * g_main_context_iteration() until it finds nothing to do, and g_application_run() does so before
 * it returns; a flood would keep them in that loop for ever.
 *
 * Both sources exist only while a concession is pending, so that they add no cost per message.
 *
 * GLib may skip any phase. State kept from one phase to the next may then be wrong for one
 * iteration, which delays the reactor or the other sources. The judge forbids the wait while the
 * descriptor is excluded, and the next iteration decides again. Two reactors in one context must
 * yield together, or each would run in the other's gap. So periods are aligned to the clock, and
 * the wait for the loop is longer than a slice. */
#include "concession.h"

typedef struct helper {
    GSource source; /* first: GLib allocates the whole as a GSource */
    bighti_concession *concession;
} helper;

static bighti_concession *concession_of(GSource *source)
{
    return ((helper *)source)->concession;
}

static void step_aside(bighti_concession *self, bool on)
{
    if (self->steps_aside == on)
        return;
    self->steps_aside = on;
    if (!g_source_is_destroyed(self->source))
        g_source_modify_unix_fd(self->source, self->tag, on ? 0 : G_IO_IN);
}

/* -- The sources `judge`, right below the reactor, and `last` -- */

static bool is_under_way(bighti_concession *self)
{
    gint64 longest = self->is_taken ? BIGHTI_CONCESSION_LONGEST : BIGHTI_CONCESSION_LONGEST_WAIT;

    if (self->began_at == 0)
        self->began_at = self->prepared_at;
    return self->prepared_at - self->began_at < longest;
}

static gboolean judge_prepare(GSource *source, gint *timeout)
{
    bighti_concession *self = concession_of(source);

    self->is_gap = true;
    if (is_under_way(self))
        step_aside(self, true);
    else
        bighti_concession_end(self);
    *timeout = self->steps_aside ? 0 : -1;
    return FALSE;
}

static gboolean judge_check(GSource *source)
{
    bighti_concession *self = concession_of(source);

    if (self->steps_aside && !self->is_taken) {
        self->is_taken = true;
        self->began_at = self->prepared_at;
    }
    return FALSE;
}

static gboolean last_prepare(GSource *source, gint *timeout)
{
    (void)source;
    *timeout = -1;
    return FALSE;
}

static gboolean last_check(GSource *source)
{
    bighti_concession *self = concession_of(source);

    if (self->steps_aside)
        bighti_concession_end(self);
    return FALSE;
}

/* Never called: neither of the two is ever ready. */
static gboolean helper_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
    (void)source;
    (void)fn;
    (void)data;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs judge_functions = {judge_prepare, judge_check, helper_dispatch,
                                       NULL,          NULL,        NULL};
static GSourceFuncs last_functions = {last_prepare, last_check, helper_dispatch, NULL, NULL, NULL};

static GSource *helper_new(bighti_concession *self, GSourceFuncs *functions, int priority)
{
    GSource *source = g_source_new(functions, sizeof(helper));

    ((helper *)source)->concession = self;
    g_source_set_static_name(source, "[bight] concession");
    g_source_set_priority(source, priority);
    g_source_set_can_recurse(source, TRUE);
    (void)g_source_attach(source, g_source_get_context(self->source));
    return source;
}

static void helper_drop(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

/* -- The reactor's source -- */

void bighti_concession_init(bighti_concession *self, GSource *source, int fd)
{
    *self = (bighti_concession){.source = source};
    self->tag = g_source_add_unix_fd(source, fd, G_IO_IN);
}

static void concession_begin(bighti_concession *self)
{
    int priority = g_source_get_priority(self->source);

    self->is_due = false;
    if (priority >= G_MAXINT - 1)
        return;
    self->judge = helper_new(self, &judge_functions, priority + 1);
    self->last = helper_new(self, &last_functions, G_MAXINT);
}

void bighti_concession_go_on(bighti_concession *self)
{
    if (self->is_due)
        concession_begin(self);
    if (self->last == NULL)
        return;
    self->prepared_at = g_source_get_time(self->source);
    if (!self->is_gap) {
        self->began_at = 0;
        self->is_taken = false;
    }
    self->is_gap = false;
    step_aside(self, false);
}

bool bighti_concession_may_leave_out(bighti_concession *self)
{
    gint64 now = g_get_monotonic_time();

    if (now - self->prepared_at < BIGHTI_CONCESSION_LONG_CALL ||
        (self->left_out_at != 0 && now - self->left_out_at < BIGHTI_CONCESSION_RETRY))
        return false;
    self->left_out_at = now;
    return true;
}

/* If no work was left over, the loop may have waited in between, so every second period
 * suffices. */
void bighti_concession_look(bighti_concession *self, bight_turn turn)
{
    gint64 period = g_get_monotonic_time() / BIGHTI_CONCESSION_PERIOD;
    gint64 least = turn == BIGHT_TURN_MORE ? 1 : 2;

    self->unlooked = 0;
    if (period - self->period < least || self->last != NULL)
        return;
    self->period = period;
    self->is_due = true;
}

void bighti_concession_end(bighti_concession *self)
{
    step_aside(self, false);
    self->is_due = self->is_gap = self->is_taken = false;
    self->began_at = self->left_out_at = 0;
    helper_drop(&self->judge);
    helper_drop(&self->last);
}
