/* An echo server on a loop around poll(2), which also watches standard input.
 *
 *     build/dev/examples/loop_poll tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void run(bight_reactor *reactor, echo_server *server)
{
    struct pollfd fds[] = {
        {.fd = bight_reactor_fd(reactor), .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    bool running = true;

    while (running) {
        bight_reactor_before_wait(reactor); /* optional: saves system calls */
        if (poll(fds, 2, -1) < 0)
            continue; /* a signal */
        if (fds[0].revents != 0)
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
        if (fds[1].revents != 0)
            running = echo_server_obey(server);
    }
}

int main(int count, char **arguments)
{
    bight_reactor *reactor = bight_reactor_new();
    echo_server *server;

    if (reactor == NULL)
        return EXIT_FAILURE;
    server = echo_server_new(reactor, count > 1 ? arguments[1] : "tcp:127.0.0.1:7000");
    if (server != NULL)
        run(reactor, server);
    bight_reactor_free(reactor);
    if (server == NULL)
        return EXIT_FAILURE;
    echo_server_free(server);
    return EXIT_SUCCESS;
}
