/* The native reactor and its connections, with no window and no toolkit: what there is to reach.
 *
 *     gui-native port=PORT peers=64 [seconds=3] ...
 */
#include "meter.h"
#include <stdlib.h>

static const meter_settings *settings;

static void connect_peers(void *reactor)
{
    meter_connect_bight(reactor, settings->port, settings->peers);
}

static void quit(void *reactor)
{
    bight_reactor_stop(reactor);
}

int main(int count, char **words)
{
    bight_reactor *reactor = bight_reactor_new();

    settings = meter_begin(count, words);
    if (reactor == NULL)
        return EXIT_FAILURE;
    meter_on_ready(connect_peers, quit, reactor);
    meter_ready();
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_reactor_free(reactor);
    return meter_end();
}
