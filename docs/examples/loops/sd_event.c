/* An echo server on sd-event, the loop of systemd's library.
 *
 *     build/dev/examples/loop_sd_event tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *reactor)
{
    (void)source;
    (void)fd;
    (void)events;
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    return 0;
}

/* Called right before sd-event blocks. Optional: saves system calls. */
static int on_prepare(sd_event_source *source, void *reactor)
{
    (void)source;
    bight_reactor_before_wait(reactor);
    return 0;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *server)
{
    (void)fd;
    (void)events;
    return echo_server_obey(server) ? 0 : sd_event_exit(sd_event_source_get_event(source), 0);
}

static bool run(bight_reactor *reactor, echo_server *server)
{
    sd_event *loop = NULL;
    sd_event_source *network = NULL, *input = NULL;
    bool ran = sd_event_new(&loop) >= 0 &&
               sd_event_add_io(loop, &network, bight_reactor_fd(reactor), EPOLLIN, on_ready,
                               reactor) >= 0 &&
               sd_event_source_set_prepare(network, on_prepare) >= 0 &&
               sd_event_add_io(loop, &input, STDIN_FILENO, EPOLLIN, on_input, server) >= 0 &&
               sd_event_loop(loop) >= 0;

    sd_event_source_unref(input);
    sd_event_source_unref(network); /* before the reactor closes the descriptor */
    sd_event_unref(loop);
    return ran;
}

int main(int count, char **arguments)
{
    bight_reactor *reactor = bight_reactor_new();
    echo_server *server;
    bool ran = false;

    if (reactor == NULL)
        return EXIT_FAILURE;
    server = echo_server_new(reactor, count > 1 ? arguments[1] : "tcp:127.0.0.1:7000");
    if (server != NULL)
        ran = run(reactor, server);
    bight_reactor_free(reactor);
    if (server != NULL)
        echo_server_free(server);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
