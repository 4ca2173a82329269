/* The same on CoreFoundation's run loop, of which the header asks for nothing. */
#include <bight/cfrunloop.h>
#include <stdio.h>

static void stop(void *data)
{
    bight_reactor_stop(data);
}

int main(void)
{
    bight_reactor *reactor = bight_cfrunloop_reactor_new();

    if (reactor == NULL || bight_reactor_post(reactor, stop, reactor, NULL) != BIGHT_OK ||
        bight_reactor_run(reactor) != BIGHT_OK)
        return 1;
    printf("worked on %s\n", bight_reactor_get_host_name(reactor));
    bight_reactor_free(reactor);
    return 0;
}
