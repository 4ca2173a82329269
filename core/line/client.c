/* A line client that stays connected, as a chain of deferreds:
 *
 *     open:      a loop of outages, until one of them fails
 *     outage:    bight_retry(), until a connection was steady
 *     attempt:   bight_connect(), then a promise for the end of the connection
 *
 * So back-off, limits and cancelling are those of bight_retry(). When a steady connection ends,
 * its outage ends with a value. The next outage begins with an attempt that fails at once, with
 * the error that ended that connection, so that its first delay is waited for like any other.
 *
 * In every case the chain ends in client_end(), the only function that calls failed or closed. An
 * event may free the client: then the session is freed at once, so that no event is called any
 * more, but the memory stays until the chain has ended and no function that calls an event is on
 * the stack.
 */
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/shared.h"
#include <bight/endpoint.h>
#include <bight/line_client.h>
#include <bight/task.h>
#include <stdlib.h>
#include <string.h>

struct bight_line_client {
    bight_reactor *reactor; /* a reference: the chain may outlive it */
    const bight_line_client_events *events;
    void *data;
    bight_line_client_options options; /* they point to the structures below */
    bight_line_options line;
    bight_retry_options retry; /* as the program passed it */
    bight_connect_options connect;
    char *endpoint;

    bight_line_session *session; /* of the attempt or the connection */
    bight_deferred *chain;       /* from open to the end */
    bight_promise *lasting;      /* set while the chain waits for the end of a connection */
    bight_error *lost;           /* why a steady connection has ended; the result of the next
                                    attempt */
    bight_error *ended;          /* why the connection has ended, until the chain takes it */
    bight_task *give_up;         /* work that close() must not do itself */
    uint64_t since;              /* when the connection was made */
    bight_line_client_state state;
    unsigned inside; /* functions on the stack that call events */
    bool paused, connected, steady, freed;

    uint8_t delimiter[BIGHT_LINE_MAX_DELIMITER], ending[BIGHT_LINE_MAX_DELIMITER];
};

#define CLIENT_TELL(client, slot, ...)                                                             \
    do {                                                                                           \
        if (!(client)->freed && (client)->events->slot != NULL)                                    \
            (client)->events->slot((client), __VA_ARGS__);                                         \
    } while (0)

static void client_destroy(bight_line_client *client)
{
    bight_line_session_free(client->session);
    bight_task_free(client->give_up);
    bight_error_unref(client->lost);
    bight_error_unref(client->ended);
    free(client->endpoint);
    bight_tls_unref(client->connect.tls);
    bighti_reactor_unref(client->reactor);
    free(client);
}

static void client_enter(bight_line_client *client)
{
    client->inside++;
}

static void client_leave(bight_line_client *client)
{
    if (--client->inside == 0 && client->freed && client->chain == NULL)
        client_destroy(client);
}

static void session_drop(bight_line_client *client)
{
    bight_line_session *session = client->session;

    client->session = NULL;
    bight_line_session_free(session);
}

/* -- A connection -- */

static bight_error *error_take(bight_error **error)
{
    bight_error *taken = *error;

    *error = NULL;
    return taken;
}

/* The result of an attempt when its connection has ended. */
static bight_result connection_result(bight_line_client *client)
{
    bight_error *reason = error_take(&client->ended);

    if (client->state == BIGHT_LINE_CLIENT_CLOSING) {
        bight_error_unref(reason);
        return bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "closed"));
    }
    if (reason == NULL)
        reason =
            bight_error_new(BIGHT_ERROR_CLOSED, "%s: the connection was closed", client->endpoint);
    if (!client->steady || bight_error_get_status(reason) == BIGHT_ERROR_CANCELLED)
        return bight_result_error(reason);
    client->lost = reason;
    return bight_result_value(NULL);
}

static void connection_settle(bight_line_client *client)
{
    bight_promise *lasting = client->lasting;

    client->lasting = NULL;
    if (lasting != NULL)
        bight_promise_complete(lasting, connection_result(client));
}

static void session_connected(bight_line_session *session, void *data)
{
    bight_line_client *client = data;
    bight_transport *transport = bight_line_session_get_transport(session);

    if (client->state != BIGHT_LINE_CLIENT_CONNECTING) { /* closed in this turn */
        bight_transport_abort(transport);
        return;
    }
    client->state = BIGHT_LINE_CLIENT_CONNECTED;
    client->connected = true;
    client->since = bight_reactor_now(client->reactor);
    if (bight_transport_set_idle_timeout(transport, client->options.idle_timeout) != BIGHT_OK)
        bight_transport_abort(transport);
    if (client->paused)
        bight_line_session_pause(session);
    client_enter(client);
    CLIENT_TELL(client, connected, client->data);
    client_leave(client);
}

/* Events may free the session: neither it nor these functions use it after that. */
static void session_line(bight_line_session *session, const uint8_t *bytes, size_t size, void *data)
{
    bight_line_client *client = data;

    (void)session;
    CLIENT_TELL(client, line, bytes, size, client->data);
}

static void session_too_long(bight_line_session *session, const uint8_t *start, size_t size,
                             void *data)
{
    bight_line_client *client = data;

    (void)session;
    CLIENT_TELL(client, too_long, start, size, client->data);
}

static void session_secured(bight_line_session *session, void *data)
{
    bight_line_client *client = data;

    (void)session;
    CLIENT_TELL(client, secured, client->data);
}

static void session_drained(bight_line_session *session, void *data)
{
    bight_line_client *client = data;

    (void)session;
    CLIENT_TELL(client, drained, client->data);
}

static void session_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    bight_line_client *client = data;

    (void)session;
    client_enter(client);
    client->steady = client->connected &&
                     bight_reactor_now(client->reactor) - client->since >= client->options.steady;
    client->ended = reason != NULL ? bight_error_ref((bight_error *)reason) : NULL;
    session_drop(client);
    if (client->state == BIGHT_LINE_CLIENT_CONNECTED)
        client->state = BIGHT_LINE_CLIENT_WAITING;
    if (client->connected) {
        client->connected = false;
        CLIENT_TELL(client, disconnected, reason, client->data);
    }
    connection_settle(client);
    client_leave(client);
}

static const bight_line_session_ops session_ops = {
    .size = sizeof(session_ops),
    .connected = session_connected,
    .line = session_line,
    .too_long = session_too_long,
    .drained = session_drained,
    .closed = session_closed,
    .secured = session_secured,
};

/* -- An attempt -- */

/* The chain was cancelled: the code that cancels also drops the connection, if there is one. */
static void lasting_cancel(bight_promise *promise, void *data)
{
    bight_line_client *client = data;

    client->lasting = NULL;
    bight_promise_free(promise);
}

/* The attempt has succeeded. From here on the chain waits for the end of the connection. */
static bight_result connection_keep(bight_result in, void *data)
{
    bight_line_client *client = data;
    bight_deferred *end;

    if (in.error != NULL) {
        session_drop(client);
        return in;
    }
    bight_result_free(in);
    if (client->session == NULL) /* it has ended already, in a nested loop of an event */
        return connection_result(client);
    end = bight_deferred_new(&client->lasting);
    if (end != NULL)
        bight_promise_on_cancel(client->lasting, lasting_cancel, client);
    return bight_result_wait(end);
}

/* Returns false if the program no longer wants an attempt. The chain, which runs this, keeps the
 * memory alive. */
static bool attempt_announce(bight_line_client *client)
{
    client->state = BIGHT_LINE_CLIENT_CONNECTING;
    CLIENT_TELL(client, connecting, client->data);
    return !client->freed && !bighti_is_dead(client->reactor) &&
           client->state == BIGHT_LINE_CLIENT_CONNECTING;
}

static bight_result client_attempt(unsigned attempt, void *data)
{
    bight_line_client *client = data;
    bight_deferred *connecting;
    bight_status status;

    (void)attempt;
    if (client->lost != NULL)
        return bight_result_error(error_take(&client->lost));
    if (!attempt_announce(client))
        return bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "closed"));
    status = bight_line_session_new(&client->line, &session_ops, client, &client->session);
    if (status != BIGHT_OK)
        return bight_result_error(bight_error_new(status, "connect to %s", client->endpoint));
    connecting = bight_connect_with(client->reactor, client->endpoint, &client->connect,
                                    bight_line_session_get_protocol(client->session));
    if (client->options.connect_timeout > 0)
        bight_timeout(connecting, client->reactor, client->options.connect_timeout);
    return bight_result_wait(bight_deferred_both(connecting, connection_keep, client));
}

/* -- Attempts -- */

static bool attempt_is_worth(const bight_error *error, void *data)
{
    const bight_line_client *client = data;

    if (bight_error_get_status(error) == BIGHT_ERROR_INVALID)
        return false;
    return client->retry.again == NULL || client->retry.again(error, client->retry.data);
}

static void attempt_waits(unsigned attempt, uint64_t delay, const bight_error *error, void *data)
{
    bight_line_client *client = data;

    if (client->freed || client->state == BIGHT_LINE_CLIENT_CLOSING)
        return;
    client->state = BIGHT_LINE_CLIENT_WAITING;
    client_enter(client);
    if (client->retry.waiting != NULL)
        client->retry.waiting(attempt, delay, error, client->retry.data);
    CLIENT_TELL(client, waiting, delay, error, client->data);
    client_leave(client);
}

static uint64_t attempt_random(void *data)
{
    const bight_line_client *client = data;

    return client->retry.random(client->retry.data);
}

/* The attempt that only reports a lost connection does not count for the program's limit. */
static bight_retry_options retry_options(const bight_line_client *client)
{
    bight_retry_options options = client->retry;

    options.again = attempt_is_worth;
    options.waiting = attempt_waits;
    options.random = client->retry.random != NULL ? attempt_random : NULL;
    options.data = (void *)client;
    if (client->lost != NULL && options.attempts != 0)
        options.attempts++;
    return options;
}

static bight_result outage_next(bight_result in, void *data)
{
    bight_line_client *client = data;
    bight_retry_options options;

    if (in.error != NULL)
        return in;
    bight_result_free(in);
    options = retry_options(client);
    return bight_result_wait(bight_retry(client->reactor, &options, client_attempt, client));
}

/* -- The end -- */

static bight_result client_end(bight_result in, void *data)
{
    bight_line_client *client = data;
    bight_deferred *chain = client->chain;
    bool closing = client->state == BIGHT_LINE_CLIENT_CLOSING;

    client_enter(client);
    client->chain = NULL;
    client->state = BIGHT_LINE_CLIENT_OFFLINE;
    session_drop(client);
    bight_task_cancel(client->give_up);
    bight_deferred_free(chain);
    if (closing)
        CLIENT_TELL(client, closed, client->data);
    else
        CLIENT_TELL(client, failed, in.error, client->data);
    bight_result_free(in);
    client_leave(client);
    return bight_result_value(NULL);
}

/* A close while there is no connection. */
static void client_give_up(bight_task *task, void *data)
{
    bight_line_client *client = data;

    (void)task;
    if (client->chain != NULL && bight_line_client_get_transport(client) == NULL)
        bight_deferred_cancel(client->chain);
}

/* -- For the program -- */

static bool line_copy(bight_line_client *client, const bight_line_options *given)
{
    static const bight_line_options defaults = BIGHT_LINE_OPTIONS_INIT;
    bight_line_options *line = &client->line;

    if (!bighti_options_read(given, &defaults, sizeof(*line), line) ||
        line->delimiter.size > BIGHT_LINE_MAX_DELIMITER ||
        line->ending.size > BIGHT_LINE_MAX_DELIMITER)
        return false;
    if (line->delimiter.size > 0)
        memcpy(client->delimiter, line->delimiter.data, line->delimiter.size);
    if (line->ending.size > 0)
        memcpy(client->ending, line->ending.data, line->ending.size);
    line->delimiter.data = client->delimiter;
    line->ending.data = client->ending;
    return true;
}

static bool options_copy(bight_line_client *client, const bight_line_client_options *given)
{
    static const bight_line_client_options defaults = BIGHT_LINE_CLIENT_OPTIONS_INIT;
    static const bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    static const bight_connect_options plain = BIGHT_CONNECT_OPTIONS_INIT;
    bight_line_client_options *options = &client->options;
    bight_connect_options connect;

    if (!bighti_options_read(given, &defaults, sizeof(*options), options) ||
        !bighti_options_read(options->retry, &retry, sizeof(retry), &client->retry) ||
        !bighti_options_read(options->connect, &plain, sizeof(plain), &connect) ||
        !line_copy(client, options->line))
        return false;
    client->connect = connect;
    if (connect.tls != NULL)
        bight_tls_ref(connect.tls);
    options->line = &client->line;
    options->retry = &client->retry;
    options->connect = &client->connect;
    return true;
}

/* Making a session checks the line options. */
static bight_status parts_make(bight_line_client *client, const char *endpoint)
{
    bight_status status =
        bight_line_session_new(&client->line, &session_ops, client, &client->session);

    if (status != BIGHT_OK)
        return status;
    session_drop(client);
    client->endpoint = strdup(endpoint);
    if (client->endpoint == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    status = bight_task_new(client->reactor, client_give_up, client, &client->give_up);
    if (status == BIGHT_OK)
        bight_task_set_name(client->give_up, "line-client close");
    return status;
}

bight_status bight_line_client_new(bight_reactor *reactor, const char *endpoint,
                                   const bight_line_client_options *options,
                                   const bight_line_client_events *events, void *data,
                                   bight_line_client **client)
{
    bight_line_client *made;
    bight_status status = BIGHT_ERROR_INVALID;

    bighti_check_thread(reactor);
    if (!BIGHTI_TABLE_IS_KNOWN(events, bight_line_client_events, closed))
        return BIGHT_ERROR_INVALID;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    made->reactor = bighti_reactor_ref(reactor);
    made->events = events;
    made->data = data;
    if (options_copy(made, options))
        status = parts_make(made, endpoint);
    if (status == BIGHT_OK)
        *client = made;
    else
        client_destroy(made);
    return status;
}

bight_status bight_line_client_open(bight_line_client *client)
{
    bighti_check_thread(client->reactor);
    if (client->chain != NULL || bighti_is_dead(client->reactor))
        return BIGHT_ERROR_STATE;
    client->chain = bight_delay(client->reactor, 0);
    if (client->chain == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    client->state = BIGHT_LINE_CLIENT_CONNECTING;
    bight_deferred_loop(client->chain, outage_next, client);
    bight_deferred_both(client->chain, client_end, client);
    return BIGHT_OK;
}

static bool client_is_connected(const bight_line_client *client)
{
    return client->state == BIGHT_LINE_CLIENT_CONNECTED && client->session != NULL;
}

bight_status bight_line_client_send(bight_line_client *client, const void *line, size_t size,
                                    bight_flow *flow)
{
    if (!client_is_connected(client))
        return BIGHT_ERROR_STATE;
    return bight_line_session_send(client->session, line, size, flow);
}

bight_status bight_line_client_start_tls(bight_line_client *client, bight_tls *tls,
                                         const char *host)
{
    if (!client_is_connected(client))
        return BIGHT_ERROR_STATE;
    return bight_line_session_start_tls(client->session, tls, host);
}

void bight_line_client_pause(bight_line_client *client)
{
    client->paused = true;
    if (bight_line_client_get_transport(client) != NULL)
        bight_line_session_pause(client->session);
}

void bight_line_client_resume(bight_line_client *client)
{
    client->paused = false;
    if (bight_line_client_get_transport(client) != NULL)
        bight_line_session_resume(client->session);
}

void bight_line_client_close(bight_line_client *client)
{
    bight_transport *transport = bight_line_client_get_transport(client);

    if (client->chain == NULL || client->state == BIGHT_LINE_CLIENT_CLOSING)
        return;
    client->state = BIGHT_LINE_CLIENT_CLOSING;
    if (transport != NULL)
        bight_transport_close(transport);
    else
        bight_task_schedule(client->give_up);
}

bight_line_client_state bight_line_client_get_state(const bight_line_client *client)
{
    return client->state;
}

const char *bight_line_client_state_text(bight_line_client_state state)
{
    static const char *const texts[] = {"offline", "connecting", "connected", "waiting", "closing"};

    return (size_t)state < sizeof(texts) / sizeof(*texts) ? texts[state] : "unknown";
}

const char *bight_line_client_get_endpoint(const bight_line_client *client)
{
    return client->endpoint;
}

bight_transport *bight_line_client_get_transport(const bight_line_client *client)
{
    return client->session != NULL ? bight_line_session_get_transport(client->session) : NULL;
}

void *bight_line_client_get_data(const bight_line_client *client)
{
    return client->data;
}

void bight_line_client_free(bight_line_client *client)
{
    if (client == NULL)
        return;
    client->freed = true;
    bight_task_cancel(client->give_up);
    client_enter(client);
    /* A connected session is freed first, because it frees its transport; one that is not
     * connected must stay until its attempt has been abandoned. */
    if (bight_line_client_get_transport(client) != NULL)
        session_drop(client);
    if (client->chain != NULL)
        bight_deferred_cancel(client->chain);
    client_leave(client);
}
