/* A client that stays connected: it sends a greeting on each connection, prints each line, and
 * closes when the server sends "bye".
 *
 *     nc -lk 7000
 *     build/dev/examples/line_client tcp:localhost:7000
 */
#include <bight/line_client.h>
#include <stdio.h>
#include <string.h>

static void say_hello(bight_line_client *client, void *data)
{
    (void)data;
    if (bight_line_client_send(client, "Hello", 5, NULL) != BIGHT_OK)
        fputs("could not say hello\n", stderr);
}

static void show_line(bight_line_client *client, const uint8_t *line, size_t size, void *data)
{
    (void)data;
    printf("%.*s\n", (int)size, (const char *)line);
    fflush(stdout);
    if (size == 3 && memcmp(line, "bye", 3) == 0)
        bight_line_client_close(client);
}

static void show_wait(bight_line_client *client, uint64_t delay, const bight_error *reason,
                      void *data)
{
    (void)client;
    (void)data;
    fprintf(stderr, "%s; once more in %llu ms\n", bight_error_get_message(reason),
            (unsigned long long)(delay / BIGHT_MSEC(1)));
}

static void stop_at_failure(bight_line_client *client, const bight_error *reason, void *data)
{
    (void)client;
    fprintf(stderr, "%s\n", bight_error_get_message(reason));
    bight_reactor_stop(data);
}

static void stop_at_close(bight_line_client *client, void *data)
{
    (void)client;
    bight_reactor_stop(data);
}

int main(int count, char **arguments)
{
    static const bight_line_client_events events = {.connected = say_hello,
                                                    .line = show_line,
                                                    .waiting = show_wait,
                                                    .failed = stop_at_failure,
                                                    .closed = stop_at_close};
    const char *endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000";
    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_line_client *client = NULL;

    retry.first_delay = BIGHT_MSEC(50);
    options.retry = &retry;
    if (reactor == NULL ||
        bight_line_client_new(reactor, endpoint, &options, &events, reactor, &client) != BIGHT_OK ||
        bight_line_client_open(client) != BIGHT_OK || bight_reactor_run(reactor) != BIGHT_OK)
        fputs("out of memory or descriptors\n", stderr);
    bight_line_client_free(client);
    bight_reactor_free(reactor);
    return 0;
}
