/* The same on GLib's main loop, with a deferred that completes a task. */
#include <bight/gio.h>
#include <bight/glib-autoptr.h>
#include <bight/glib.h>
#include <stdio.h>

static bight_promise *promise;

static void fire(void *data)
{
    bight_promise_fire(promise, data, NULL);
}

static void ready(GObject *source, GAsyncResult *result, gpointer data)
{
    (void)source;
    g_main_loop_quit(g_task_propagate_pointer(G_TASK(result), data));
}

int main(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GTask) task = g_task_new(NULL, NULL, ready, NULL);
    g_autoptr(bight_reactor) reactor = bight_glib_reactor_new(NULL);

    bight_gio_task_return(task, bight_deferred_new(&promise));
    if (reactor == NULL || bight_reactor_post(reactor, fire, loop, NULL) != BIGHT_OK)
        return 1;
    g_main_loop_run(loop);
    printf("worked on %s\n", bight_reactor_get_host_name(reactor));
    return 0;
}
