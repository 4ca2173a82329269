/* A concession on Qt's dispatcher on GLib's main loop.
 *
 * There Qt shares the loop with GIO, GStreamer and others, which add their own sources. In each
 * iteration GLib dispatches the ready sources of the highest priority only. Qt's sources have the
 * default priority, 0. So during a flood the reactor's notifier is ready in every iteration, and a
 * GLib idle function, at 200, would never run.
 *
 * So while the reactor always has work, once per period of 16 ms it skips a turn and the notifier
 * is switched off. This is not done within 100 ms after Qt has painted for a long time. Such
 * frames may take all of the time, and then every frame would be without a turn of the network.
 *
 * Two sources switch it on again. `last`, with the lowest priority, is dispatched when the others
 * are done. `limit` becomes ready after 2 ms in any case, so that a busy idle function cannot
 * starve the network. One of the two is always ready, so the loop never sleeps while the reactor
 * has work. They exist only during a concession, because they would add a cost to each iteration.
 *
 * Two reactors on one loop must yield together, or each would run in the other's gap. So periods
 * are aligned to the clock. adapters/hosts/glib/concession.c does the same for GLib programs,
 * where it also must not delay GTK's frames; Qt paints at the reactor's own priority. */
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
constexpr gint64 longest = 2000;   /* how long the other sources have the loop */
constexpr gint64 long_call = 1000; /* a call of other code between two turns */
constexpr gint64 after_long_call = 100000;

/* In dispatches. The clock is read if work was left over, and otherwise occasionally, because
 * short dispatches may keep a loop busy too. */
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

/* GLib itself makes the source ready at its ready time. */
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
    unsigned unlooked = 0;    /* dispatches since the clock was read */
    gint64 period = 0;        /* in which the latest concession was made */
};

/* If no work was left over, the loop may have waited in between, so every third period suffices.
 * If work was left over, a long time since that turn was used by a source of the same priority,
 * usually for painting. */
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
    has_more = false; /* the reactor's turn is next */
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
