// What the tests of the bridge to GLib share.
#pragma once

#include "adapters/promised.hpp"
#include "support/guards.hpp"
#include "support/wait.hpp"

#include <bight/deferred.h>
#include <bight/gio.h>

#include <functional>
#include <utility>

namespace glib_support
{

// A context of the test's own, the thread's default one meanwhile.
class Context
{
  public:
    Context() : context_(g_main_context_new())
    {
        g_main_context_push_thread_default(context_);
    }
    ~Context()
    {
        while (g_main_context_iteration(context_, FALSE)) {
        }
        g_main_context_pop_thread_default(context_);
        g_main_context_unref(context_);
    }
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;

    operator GMainContext *() const
    {
        return context_;
    }
    void turn() const
    {
        g_main_context_iteration(context_, FALSE);
    }
    bool until(const std::function<bool()> &condition) const
    {
        return support::waitUntil(condition, support::patience, [this] {
            // Woken now and then, for what no source of this context tells.
            GSource *soon = g_timeout_source_new(20);
            g_source_set_callback(
                soon, [](gpointer) { return gboolean(G_SOURCE_REMOVE); }, nullptr, nullptr);
            g_source_attach(soon, context_);
            g_main_context_iteration(context_, TRUE);
            g_source_destroy(soon);
            g_source_unref(soon);
        });
    }

  private:
    GMainContext *context_;
};

struct Source : deferred_support::Promised {
    void fire(void *value = nullptr, bight_destroy_fn destroy = nullptr)
    {
        if (promise != nullptr)
            bight_promise_fire(std::exchange(promise, nullptr), value, destroy);
    }
    void fail(bight_error *error)
    {
        bight_promise_fail(std::exchange(promise, nullptr), error);
    }
};

// GLib itself starts a thread for the first GTask of a process; ours start none.
class Threads : public support::ThreadGuard
{
  public:
    Threads() : Threads(G_TASK(g_task_new(nullptr, nullptr, nullptr, nullptr))) {}

  private:
    explicit Threads(GTask *first)
    {
        g_object_unref(first);
    }
};

} // namespace glib_support
