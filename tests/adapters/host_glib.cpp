// A GMainContext carries the reactor: the default one on the main thread, one of its own elsewhere.
#include "adapters/conformance.hpp"

#include <bight/glib.h>
#include <thread>

namespace
{

bight_reactor *open()
{
    return bight_glib_reactor_new(g_main_context_get_thread_default());
}

bight_reactor *openForServer()
{
    return bight_glib_reactor_new_with(g_main_context_get_thread_default(), G_PRIORITY_DEFAULT,
                                       BIGHT_BUDGET_UNLIMITED);
}

void onThread(const std::function<void()> &body)
{
    std::thread thread([&] {
        GMainContext *context = g_main_context_new();
        g_main_context_push_thread_default(context);
        body();
        g_main_context_pop_thread_default(context);
        g_main_context_unref(context);
    });
    thread.join();
}

void idle(int milliseconds)
{
    GMainContext *context = g_main_context_ref_thread_default();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    GSource *timer = g_timeout_source_new(static_cast<guint>(milliseconds));
    auto quit = [](gpointer data) -> gboolean {
        g_main_loop_quit(static_cast<GMainLoop *>(data));
        return G_SOURCE_REMOVE;
    };

    g_source_set_callback(timer, quit, loop, nullptr);
    g_source_attach(timer, context);
    g_main_loop_run(loop);
    g_source_unref(timer);
    g_main_loop_unref(loop);
    g_main_context_unref(context);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"glib", open, onThread, false, true, true, true, idle},
    {"glibHeadless", openForServer, onThread, false, true, true, true, idle},
};
