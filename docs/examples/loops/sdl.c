/* An echo server in an SDL 2 window: a bar shows the network's load, drawn sixty times a
 * second, with up to 2 ms of network between two frames.
 *
 *     build/dev/examples/loop_sdl tcp:127.0.0.1:7000
 */
#include "echo_server.h"
#include <SDL.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { WIDTH = 400, HEIGHT = 40 };

/* Returns false when the window was closed or the input ends the program. */
static bool input(echo_server *server)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    SDL_Event event;

    while (SDL_PollEvent(&event) != 0) {
        if (event.type == SDL_QUIT)
            return false;
    }
    return poll(&keys, 1, 0) <= 0 || echo_server_obey(server);
}

static void draw(SDL_Renderer *renderer, uint64_t bytes)
{
    SDL_Rect bar = {.h = HEIGHT};

    while (bytes > 0) {
        bar.w += WIDTH / 40;
        bytes /= 2;
    }
    SDL_SetRenderDrawColor(renderer, 20, 20, 40, 255);
    SDL_RenderClear(renderer);
    SDL_SetRenderDrawColor(renderer, 240, 180, 40, 255);
    SDL_RenderFillRect(renderer, &bar);
    SDL_RenderPresent(renderer);
}

static uint64_t bytes_in(const bight_reactor *reactor)
{
    bight_reactor_stats stats = {.size = sizeof(stats)};

    bight_reactor_get_stats(reactor, &stats);
    return stats.bytes_in;
}

static void run(bight_reactor *reactor, echo_server *server, SDL_Renderer *renderer)
{
    while (input(server)) {
        Uint32 begin = SDL_GetTicks(), took;
        uint64_t before = bytes_in(reactor);

        bight_reactor_dispatch(reactor, BIGHT_BUDGET(BIGHT_MSEC(2), 0));
        draw(renderer, bytes_in(reactor) - before);
        took = SDL_GetTicks() - begin;
        if (took < 16)
            SDL_Delay(16 - took);
    }
}

static bool show(bight_reactor *reactor, echo_server *server)
{
    SDL_Window *window = NULL;
    SDL_Renderer *renderer = NULL;

    if (SDL_Init(SDL_INIT_VIDEO) == 0)
        window = SDL_CreateWindow("Bight in SDL", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                  WIDTH, HEIGHT, 0);
    if (window != NULL)
        renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
    if (renderer != NULL)
        run(reactor, server, renderer);
    else
        SDL_Log("%s", SDL_GetError());
    SDL_DestroyRenderer(renderer);
    SDL_DestroyWindow(window);
    SDL_Quit();
    return renderer != NULL;
}

int main(int count, char **arguments)
{
    bight_reactor *reactor = bight_reactor_new();
    echo_server *server;
    bool shown = false;

    if (reactor == NULL)
        return EXIT_FAILURE;
    server = echo_server_new(reactor, count > 1 ? arguments[1] : "tcp:127.0.0.1:7000");
    if (server != NULL)
        shown = show(reactor, server);
    bight_reactor_free(reactor);
    if (server != NULL)
        echo_server_free(server);
    return shown ? EXIT_SUCCESS : EXIT_FAILURE;
}
