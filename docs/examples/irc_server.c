/* A chat server, until Ctrl-C.
 *
 *     build/dev/examples/irc_server tcp:127.0.0.1:6667
 */
#include <bight/irc_server.h>
#include <bight/reactor.h>
#include <bight/signal.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void on_change(bight_irc_server *server, void *data)
{
    bight_irc_server_stats stats = {.size = sizeof(stats)};

    (void)data;
    bight_irc_server_get_stats(server, &stats);
    printf("%u people in %u channels\n", stats.users, stats.channels);
    fflush(stdout);
}

static void on_signal(bight_signal *watch, void *data)
{
    (void)watch;
    bight_reactor_stop(data);
}

int main(int argc, char **argv)
{
    const char *endpoint = argc > 1 ? argv[1] : "tcp:127.0.0.1:6667";
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_signal *interrupt, *terminate;
    bight_irc_server *server;
    bight_error *error;

    options.network = "Example";
    options.motd = "Welcome. Be kind.\n";
    if (reactor == NULL || bight_irc_server_new(reactor, &options, &server) != BIGHT_OK ||
        bight_signal_new(reactor, SIGINT, on_signal, reactor, &interrupt) != BIGHT_OK ||
        bight_signal_new(reactor, SIGTERM, on_signal, reactor, &terminate) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_signal_start(interrupt);
    bight_signal_start(terminate);
    if (bight_irc_server_listen(server, endpoint, &error) != BIGHT_OK) {
        fprintf(stderr, "%s\n", bight_error_get_message(error));
        return EXIT_FAILURE;
    }
    bight_irc_server_on_change(server, on_change, NULL);
    printf("listening %s\n", bight_irc_server_get_endpoint(server, 0));
    fflush(stdout);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_irc_server_free(server);
    bight_signal_free(interrupt);
    bight_signal_free(terminate);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}
