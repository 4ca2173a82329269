/* An echo server in the loop of a game: sixty frames a second, each with up to 2 ms of network.
 * Nothing is watched. On a terminal the ball is drawn; sdl.c does the same in a window.
 *
 *     build/dev/examples/loop_frame tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 40 };

typedef struct game {
    uint64_t next; /* when the next frame is due, on the monotonic clock */
    int ball, speed;
    bool has_screen;
} game;

static bool input(echo_server *server)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&keys, 1, 0) <= 0 || echo_server_obey(server);
}

static void move_ball(game *self)
{
    self->ball += self->speed;
    if (self->ball == 0 || self->ball == WIDTH)
        self->speed = -self->speed;
}

static void draw(const game *self)
{
    if (self->has_screen)
        fprintf(stderr, "\r|%*s%*s|", self->ball + 1, "o", WIDTH - self->ball, "");
}

/* Lost time, for example in a debugger, is not made up for. */
static void wait_for_next_frame(game *self)
{
    static const uint64_t period = 1000000000 / 60;
    uint64_t now = bight_monotonic_now();
    struct timespec when;

    self->next += period;
    if (self->next < now)
        self->next = now + period;
    when.tv_sec = (time_t)(self->next / 1000000000);
    when.tv_nsec = (long)(self->next % 1000000000);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static void run(bight_reactor *reactor, echo_server *server)
{
    game self = {.next = bight_monotonic_now(), .speed = 1, .has_screen = isatty(STDERR_FILENO)};

    while (input(server)) {
        bight_reactor_dispatch(reactor, BIGHT_BUDGET(BIGHT_MSEC(2), 0));
        move_ball(&self);
        draw(&self);
        wait_for_next_frame(&self);
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
