/* A concession: the reactor steps aside for sources that are less important than itself.
 *
 * In each iteration GLib dispatches the sources of one priority, the most important that is ready.
 * Under a flood the reactor is ready in every iteration, so whatever stands below it (idle
 * functions at 200, the validation of a text view at 125) would never run. So the reactor leaves
 * iterations out: once in each period of 16 ms, while it has work all the time. GLib then goes down
 * by itself, one priority an iteration.
 *
 * A frame must not wait for this, nor the network wait for a frame. Therefore the reactor steps
 * aside only in a gap, an iteration in which nothing of its own priority or above is due. Beside a
 * frame that is due it runs as ever, and the concession stays pending until the next gap. The
 * prepare phase tells: GLib leaves out the prepare functions of all sources that are less important
 * than one which is ready already, so that the judge, a source right below the reactor, is prepared
 * in gaps alone. The reactor's own descriptor is not looked at before the poll, so the judge can
 * still have it left out of that, and the reactor's prepare function takes it in again.
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
 * Both sources are there while a concession is pending only, so that a message costs no more than
 * without them.
 *
 * GLib skips phases at will. What is remembered from one phase to the next may then be wrong for
 * one iteration, in which the reactor is late or the others are: the judge forbids the wait while
 * the descriptor is left out, and the next iteration decides anew. Two reactors in one context have
 * to step aside together, or each would run in the other's gap; that is why periods follow the
 * clock, and why the wait for the loop is longer than a slice. */
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

/* -- The judge, right below the reactor, and the last of all -- */

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

/* Without work left over the loop may well have waited in between, so every other period will do.
 */
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
