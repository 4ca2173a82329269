/* An echo server as libev's manual would have it. */
#include "../listen.h"
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[ECHO_BUFFER];

static void on_readable(struct ev_loop *loop, ev_io *self, int events)
{
    ssize_t count = recv(self->fd, buffer, sizeof(buffer), 0);

    (void)events;
    if (count > 0) {
        echo_write_all(self->fd, buffer, (size_t)count);
    } else if (count == 0 || errno != EAGAIN) {
        ev_io_stop(loop, self);
        close(self->fd);
        free(self);
    }
}

static void on_connection(struct ev_loop *loop, ev_io *listener, int events)
{
    int fd;

    (void)events;
    while ((fd = echo_accept(listener->fd)) >= 0) {
        ev_io *one = malloc(sizeof(*one));

        ev_io_init(one, on_readable, fd, EV_READ);
        ev_io_start(loop, one);
    }
}

int main(void)
{
    struct ev_loop *loop = ev_loop_new(EVBACKEND_EPOLL);
    ev_io listener;

    ev_io_init(&listener, on_connection, echo_listen(), EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
    return 0;
}
