/* An echo server on libevent's loop, which watches the reactor edge-triggered.
 *
 *     build/dev/examples/loop_event tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

static void on_ready(evutil_socket_t fd, short what, void *reactor)
{
    (void)fd;
    (void)what;
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
}

typedef struct input {
    struct event_base *loop;
    echo_server *server;
} input;

static void on_input(evutil_socket_t fd, short what, void *data)
{
    input *self = data;

    (void)fd;
    (void)what;
    if (!echo_server_obey(self->server))
        event_base_loopbreak(self->loop);
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

static bool run(bight_reactor *reactor, echo_server *server)
{
    struct event_base *loop = event_base_new();
    struct event *network, *keys;
    input self = {loop, server};
    bool ran;

    if (loop == NULL)
        return false;
    network =
        event_new(loop, bight_reactor_fd(reactor), EV_READ | EV_PERSIST | EV_ET, on_ready, reactor);
    keys = event_new(loop, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, &self);
    ran = network != NULL && keys != NULL && event_add(network, NULL) == 0 &&
          event_add(keys, NULL) == 0 && event_base_dispatch(loop) == 0;
    free_event(keys);
    free_event(network); /* before the reactor closes the descriptor */
    event_base_free(loop);
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
