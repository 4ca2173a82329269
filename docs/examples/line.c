/* A server that keeps notes, and a client for it, in one program on one loop. The protocol has
 * lines, with raw bytes for the notes:
 *
 *     > PUT 11
 *     > hello world            11 raw bytes, any bytes
 *     < OK 1
 *     > GET 1
 *     < NOTE 11
 *     < hello world
 *     > QUIT
 *
 *     build/dev/examples/line
 */
#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/reactor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NOTE = 100 };

/* Sends a line. An error (the connection is gone) is ignored here. */
static void say(bight_line_session *session, const char *text)
{
    if (bight_line_session_send(session, text, strlen(text), NULL) != BIGHT_OK)
        fprintf(stderr, "not sent: %s\n", text);
}

/* Returns the number after a word and a space: 11 for "PUT 11", or 0 for another word. */
static unsigned long number_after(const char *word, const char *line)
{
    size_t size = strlen(word);

    return strncmp(line, word, size) == 0 && line[size] == ' ' ? strtoul(line + size, NULL, 10) : 0;
}

/* -- The server -- */

typedef struct notebook {
    char note[MAX_NOTE + 1];
    size_t size;
} notebook;

static void server_line(bight_line_session *session, const uint8_t *bytes, size_t size, void *data)
{
    notebook *book = data;
    char line[64], answer[64];
    unsigned long length;

    snprintf(line, sizeof(line), "%.*s", (int)size, (const char *)bytes);
    length = number_after("PUT", line);
    if (length > 0 && length <= MAX_NOTE) {
        book->size = 0;
        bight_line_session_set_raw(session, length);
    } else if (strcmp(line, "GET 1") == 0) {
        snprintf(answer, sizeof(answer), "NOTE %zu", book->size);
        say(session, answer);
        bight_transport_write(bight_line_session_get_transport(session), book->note, book->size);
    } else if (strcmp(line, "QUIT") == 0) {
        bight_transport_close(bight_line_session_get_transport(session));
    } else {
        say(session, "ERROR what?");
    }
}

/* Receives the note, in as many pieces as it arrives in. */
static void server_raw(bight_line_session *session, const uint8_t *bytes, size_t size,
                       uint64_t left, void *data)
{
    notebook *book = data;

    memcpy(book->note + book->size, bytes, size);
    book->size += size;
    if (left == 0)
        say(session, "OK 1");
}

static void server_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    (void)reason;
    free(data);
    bight_line_session_free(session);
}

static const bight_line_session_ops server_ops = {
    .line = server_line,
    .raw = server_raw,
    .closed = server_closed,
};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_session *session;
    notebook *book = calloc(1, sizeof(*book));

    (void)listener;
    (void)transport;
    (void)data;
    options.max_line = 60;
    options.ending = bight_view_of("\r\n");
    if (book == NULL || bight_line_session_new(&options, &server_ops, book, &session) != BIGHT_OK) {
        free(book);
        return NULL;
    }
    return bight_line_session_get_protocol(session);
}

/* -- The client -- */

static void client_connected(bight_line_session *session, void *data)
{
    (void)data;
    say(session, "HELLO");
    say(session, "PUT 11");
    bight_transport_write(bight_line_session_get_transport(session), "hello\nworld", 11);
    say(session, "GET 1");
}

static void client_line(bight_line_session *session, const uint8_t *bytes, size_t size, void *data)
{
    char line[64];

    (void)data;
    snprintf(line, sizeof(line), "%.*s", (int)size, (const char *)bytes);
    printf("line: %s\n", line);
    bight_line_session_set_raw(session, number_after("NOTE", line));
}

static void client_raw(bight_line_session *session, const uint8_t *bytes, size_t size,
                       uint64_t left, void *data)
{
    (void)data;
    printf("raw: %zu bytes beginning with '%c'\n", size, bytes[0]);
    if (left == 0)
        say(session, "QUIT");
}

static void client_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    (void)session;
    printf("closed: %s\n", reason != NULL ? bight_error_get_message(reason) : "by us");
    bight_reactor_stop(data);
}

static const bight_line_session_ops client_ops = {
    .connected = client_connected,
    .line = client_line,
    .raw = client_raw,
    .closed = client_closed,
};

int main(void)
{
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_line_session *client;
    bight_listener *listener;

    if (reactor == NULL ||
        bight_listen(reactor, "tcp:127.0.0.1:0", serve, NULL, NULL, &listener) != BIGHT_OK ||
        bight_line_session_new(&options, &client_ops, reactor, &client) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_deferred_free(bight_connect(reactor, bight_listener_get_endpoint(listener),
                                      bight_line_session_get_protocol(client)));
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_line_session_free(client);
    bight_listener_free(listener);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}
