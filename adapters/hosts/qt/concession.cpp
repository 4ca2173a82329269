/* A concession on Qt's dispatcher on GLib's main loop.
 *
 * There Qt is one of several that use the loop: GIO, GStreamer and others put sources of their own
 * into it. In each iteration GLib dispatches the sources of one priority, the most important that
 * is ready. Qt's are the default priority, 0, so under a flood the notifier of the reactor is ready
 * in every iteration, and an idle function of GLib's, at 200, would never run.
 *
 * So once in each period of 16 ms, while the reactor has work all the time, it leaves out a turn
 * and the notifier is switched off. Not so within 100 ms after Qt has painted for long: such frames
 * may take all of the time, and then each would go without a turn of the network.
 *
 * Two sources say when it is switched on again. `last`, less important than any, is dispatched when
 * the others are done. `limit` is 2 ms later in any case, so that a busy idle function cannot
 * starve the network. One of the two is always ready, so the loop never sleeps on a reactor that
 * has work. They exist during a concession only: otherwise a message would pay for them in each
 * iteration.
 *
 * Two reactors on one loop have to step aside together, or each would run in the other's gap. That
 * is why periods follow the clock. adapters/hosts/glib/concession.c does the same for GLib
 * programs, where it also has to leave the frames of GTK alone; Qt paints at the reactor's own
 * priority. */
#include "concession.hpp"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QSocketNotifier>

#include <glib.h>

namespace bighti
{

namespace
{

/* Microseconds. */
constexpr gint64 period_length = 16000;
constexpr gint64 longest = 2000;   /* how long the others have the loop */
constexpr gint64 long_call = 1000; /* of somebody else, between two turns */
constexpr gint64 after_long_call = 100000;

/* In dispatches: the clock is looked at when work was left over, and else now and then, for short
 * dispatches may keep a loop busy too. */
constexpr unsigned look_every = 8;

void source_drop(GSource *&source)
{
    if (source == nullptr)
        return;
    g_source_destroy(source);
    g_source_unref(source);
    source = nullptr;
}

gboolean source_dispatch(GSource *, GSourceFunc fn, gpointer data)
{
    return fn(data);
}

/* Ready at its time: GLib looks at that by itself. */
GSourceFuncs source_functions = {nullptr, nullptr, source_dispatch, nullptr, nullptr, nullptr};

} // namespace

struct Concession::Loop {
    Loop(Concession &concession, QSocketNotifier &watch)
        : owner(concession), notifier(watch), context(g_main_context_ref_thread_default())
    {
    }
    ~Loop()
    {
        g_main_context_unref(context);
    }
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    bool is_time();
    void begin();
    void end();
    GSource *add(int priority, GSourceFunc fn);
    static gboolean on_over(gpointer self);

    Concession &owner;
    QSocketNotifier &notifier;
    GMainContext *context;
    GSource *last = nullptr, *limit = nullptr; /* while a concession lasts */
    bool has_more = false;                     /* the latest dispatch left work over, */
    gint64 long_call_at = 0;
    gint64 dispatched_at = 0; /* and ended then */
    unsigned unlooked = 0;    /* dispatches since the clock was looked at */
    gint64 period = 0;        /* in which the latest concession was made */
};

/* Without work left over the loop may well have waited in between, so every third period will do.
 * With it, a long time since that turn is one that somebody as important has taken, for painting as
 * a rule. */
bool Concession::Loop::is_time()
{
    if (!has_more && ++unlooked < look_every)
        return false;
    unlooked = 0;
    gint64 now = g_get_monotonic_time();
    if (has_more && now - dispatched_at >= long_call)
        long_call_at = now;
    return now - long_call_at >= after_long_call &&
           now / period_length - period >= (has_more ? 1 : 3);
}

GSource *Concession::Loop::add(int priority, GSourceFunc fn)
{
    GSource *source = g_source_new(&source_functions, sizeof(GSource));

    g_source_set_static_name(source, "[bight] concession");
    g_source_set_priority(source, priority);
    g_source_set_callback(source, fn, this, nullptr);
    g_source_set_ready_time(source, 0);
    (void)g_source_attach(source, context);
    return source;
}

gboolean Concession::Loop::on_over(gpointer data)
{
    static_cast<Loop *>(data)->owner.end();
    return G_SOURCE_REMOVE;
}

void Concession::Loop::begin()
{
    notifier.setEnabled(false);
    period = g_get_monotonic_time() / period_length;
    last = add(G_MAXINT, on_over);
    limit = add(G_PRIORITY_HIGH, on_over);
    g_source_set_ready_time(limit, g_get_monotonic_time() + longest);
}

void Concession::Loop::end()
{
    source_drop(last);
    source_drop(limit);
    has_more = false; /* what comes next is the reactor's turn */
    notifier.setEnabled(true);
}

Concession::Concession(QSocketNotifier &notifier)
{
    QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
    if (dispatcher != nullptr && dispatcher->inherits("QEventDispatcherGlib"))
        m_loop = std::make_unique<Loop>(*this, notifier);
}

Concession::~Concession()
{
    end();
}

bool Concession::takes()
{
    if (m_loop == nullptr || m_loop->last != nullptr || !m_loop->is_time())
        return false;
    m_loop->begin();
    return true;
}

void Concession::dispatched(bight_turn turn)
{
    if (m_loop == nullptr)
        return;
    m_loop->has_more = turn == BIGHT_TURN_MORE;
    if (m_loop->has_more)
        m_loop->dispatched_at = g_get_monotonic_time();
}

void Concession::end()
{
    if (m_loop != nullptr && m_loop->last != nullptr)
        m_loop->end();
}

} // namespace bighti
