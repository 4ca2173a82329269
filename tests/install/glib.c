/* The same on GLib's main loop. */
#include <bight/glib.h>
#include <stdio.h>

static void stop(void *data)
{
    g_main_loop_quit(data);
}

int main(void)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    bight_reactor *reactor = bight_glib_reactor_new(NULL);

    if (reactor == NULL || bight_reactor_post(reactor, stop, loop, NULL) != BIGHT_OK)
        return 1;
    g_main_loop_run(loop);
    printf("worked on %s\n", bight_reactor_get_host_name(reactor));
    bight_reactor_free(reactor);
    g_main_loop_unref(loop);
    return 0;
}
