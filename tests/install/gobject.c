#include <bight/gobject.h>
#include <stdio.h>

int main(void)
{
    g_autoptr(BightReactor) reactor = bight_gobject_reactor_new(NULL);
    g_autoptr(BightLineClient) client = NULL;

    if (reactor == NULL)
        return 1;
    client = bight_gobject_line_client_new(reactor, "tcp:localhost:7000");
    if (bight_gobject_line_client_get_state(client) == BIGHT_GOBJECT_STATE_OFFLINE)
        puts("offline with a reactor");
    return 0;
}
