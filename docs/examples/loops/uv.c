/* An echo server on libuv's loop.
 *
 *     build/dev/examples/loop_uv tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    bight_reactor_dispatch(poll->data, BIGHT_BUDGET_GUI);
}

/* Called right before libuv blocks. Optional: saves system calls. */
static void on_prepare(uv_prepare_t *prepare)
{
    bight_reactor_before_wait(prepare->data);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    if (!echo_server_obey(poll->data))
        uv_stop(poll->loop);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    uv_close(handle, NULL);
}

static bool run(bight_reactor *reactor, echo_server *server)
{
    uv_loop_t loop;
    uv_prepare_t prepare = {.data = reactor};
    uv_poll_t network = {.data = reactor}, input = {.data = server};
    bool watches;

    if (uv_loop_init(&loop) != 0)
        return false;
    watches = uv_poll_init(&loop, &network, bight_reactor_fd(reactor)) == 0 &&
              uv_poll_start(&network, UV_READABLE, on_ready) == 0 &&
              uv_prepare_init(&loop, &prepare) == 0 &&
              uv_prepare_start(&prepare, on_prepare) == 0 &&
              uv_poll_init(&loop, &input, STDIN_FILENO) == 0 &&
              uv_poll_start(&input, UV_READABLE | UV_DISCONNECT, on_input) == 0;
    if (watches)
        uv_run(&loop, UV_RUN_DEFAULT);
    /* No libuv handle may watch the descriptor when the reactor closes it. */
    uv_walk(&loop, close_handle, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return watches;
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
