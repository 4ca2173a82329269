/* A source that is read as a stream of GIO. */
#include <bight/gio_source.h>
#include <bight/glib-autoptr.h>
#include <bight/glib.h>
#include <stdio.h>

int main(void)
{
    g_autoptr(bight_reactor) reactor = bight_glib_reactor_new(NULL);
    g_autoptr(bight_bytes) bytes = bight_bytes_new("read by GIO", 11);
    g_autoptr(GInputStream) stream = NULL;
    char text[12] = "";

    if (reactor == NULL || bytes == NULL)
        return 1;
    stream = bight_gio_input_stream_new(bight_source_new_bytes(reactor, bytes));
    if (g_input_stream_read(stream, text, 11, NULL, NULL) != 11)
        return 1;
    puts(text);
    return 0;
}
