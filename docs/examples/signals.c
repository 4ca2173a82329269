/* Signals on the loop: SIGHUP reads the settings again, SIGINT and SIGTERM end the program.
 *
 *     build/dev/examples/signals
 */
#include <bight/reactor.h>
#include <bight/signal.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void on_reload(bight_signal *watch, void *data)
{
    (void)watch;
    (void)data;
    puts("reading the settings again");
    fflush(stdout);
}

static void on_end(bight_signal *watch, void *data)
{
    printf("ended by %s\n", bight_signal_get_number(watch) == SIGINT ? "SIGINT" : "SIGTERM");
    bight_reactor_stop(data);
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_signal *reload, *interrupt, *terminate;

    if (reactor == NULL ||
        bight_signal_new(reactor, SIGHUP, on_reload, NULL, &reload) != BIGHT_OK ||
        bight_signal_new(reactor, SIGINT, on_end, reactor, &interrupt) != BIGHT_OK ||
        bight_signal_new(reactor, SIGTERM, on_end, reactor, &terminate) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_signal_start(reload);
    bight_signal_start(interrupt);
    bight_signal_start(terminate);
    puts("ready");
    fflush(stdout);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_signal_free(reload);
    bight_signal_free(interrupt);
    bight_signal_free(terminate);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}
