/* A program of a user: it posts a call to a reactor of its own and ends in it. */
#include <bight/reactor.h>
#include <stdio.h>

static void stop(void *data)
{
    bight_reactor_stop(data);
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_status status;

    if (reactor == NULL || bight_reactor_post(reactor, stop, reactor, NULL) != BIGHT_OK)
        return 1;
    status = bight_reactor_run(reactor);
    printf("%s on %s\n", bight_status_text(status), bight_reactor_get_host_name(reactor));
    bight_reactor_free(reactor);
    return status == BIGHT_OK ? 0 : 1;
}
