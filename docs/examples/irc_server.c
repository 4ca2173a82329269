/* A chat server, until Ctrl-C.
 *
 *     build/dev/examples/irc_server tcp:127.0.0.1:6667
 */
#include <bight/irc_server.h>
#include <bight/reactor.h>
#include <bight/watch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_change(bight_irc_server *server, void *data)
{
    bight_irc_server_stats stats = {.size = sizeof(stats)};

    (void)data;
    bight_irc_server_get_stats(server, &stats);
    printf("%u people in %u channels\n", stats.users, stats.channels);
    fflush(stdout);
}

static void on_signal(bight_watch *watch, unsigned events, void *data)
{
    (void)watch;
    (void)events;
    bight_reactor_stop(data);
}

/* Ctrl-C and kill become readable on a descriptor, like everything else. */
static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
    const char *endpoint = argc > 1 ? argv[1] : "tcp:127.0.0.1:6667";
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    int signals = open_signals();
    bight_irc_server *server;
    bight_watch *watch;
    bight_error *error;

    options.network = "Example";
    options.motd = "Welcome. Be kind.\n";
    if (reactor == NULL || bight_irc_server_new(reactor, &options, &server) != BIGHT_OK ||
        bight_watch_new(reactor, signals, BIGHT_WATCH_READ, on_signal, reactor, &watch) != BIGHT_OK)
        return EXIT_FAILURE;
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
    bight_watch_free(watch);
    bight_reactor_free(reactor);
    close(signals);
    return EXIT_SUCCESS;
}
