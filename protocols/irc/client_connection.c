/* A connection of the client: the attempt, the line session on its transport, and the end, which
 * leaves the channels, reports the reason, and perhaps starts a retry. */
#include "client_private.h"

#include <bight/endpoint.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any line that a server may send (8191 bytes of tags, 512 or LINELEN for the
 * rest). */
enum { LONGEST_LINE = 16384 };

/* Input from the server has arrived. */
static void note_sign_of_life(bight_irc_client *client)
{
    client->last_heard = bight_reactor_now(client->reactor);
    if (client->ping_sent != 0 && bight_timer_is_running(client->silence)) {
        client->ping_sent = 0;
        bight_timer_start(client->silence, client->options.ping_interval);
    }
}

static void connection_line(bight_line_session *session, const uint8_t *bytes, size_t size,
                            void *data)
{
    bight_irc_client *client = data;

    (void)session;
    bighti_ircc_enter(client);
    note_sign_of_life(client);
    if (!client->ended && size > 0)
        bighti_ircc_dispatch(client, bytes, size);
    bighti_ircc_leave(client);
}

static void connection_too_long(bight_line_session *session, const uint8_t *start, size_t size,
                                void *data)
{
    bight_irc_client *client = data;

    (void)session;
    (void)start;
    (void)size;
    bighti_ircc_enter(client);
    note_sign_of_life(client);
    if (!client->ended)
        bighti_ircc_tell_problem(client, 0, "",
                                 "The server sent a line that is too long; it was skipped",
                                 bighti_ircc_wall_clock(client));
    bighti_ircc_leave(client);
}

/* Reset the state that belongs to one connection. */
static void begin_session(bight_irc_client *client)
{
    bighti_ircc_monologues_forget(client);
    client->welcomed = client->hopeless = client->asked = client->away = false;
    client->quitting = client->quit_sent = client->nick_unsent = client->blocked = false;
    client->tried = 0;
    client->resorts = 0;
    client->offered = client->capabilities = 0;
    client->next_free = client->ctcp_next_free = 0;
    client->ping_sent = client->ping_at = client->lag = 0;
    client->last_heard = bight_reactor_now(client->reactor);
    bighti_ircc_features_deinit(&client->features);
    bighti_ircc_features_init(&client->features);
}

static void connection_opened(bight_line_session *session, void *data)
{
    bight_irc_client *client = data;

    if (client->ended) { /* given up in this same turn */
        client->session = NULL;
        bight_line_session_free(session);
        return;
    }
    BIGHTI_REQUIRE(client->transport == NULL, "an IRC client has one transport at a time");
    bighti_ircc_enter(client);
    if (client->state == BIGHT_IRC_WAITING) /* the program made the connection itself */
        bighti_ircc_retry_stop(client);
    client->transport = bight_line_session_get_transport(session);
    begin_session(client);
    bight_timer_start(client->deadline, client->options.register_timeout);
    bighti_ircc_set_state(client, BIGHT_IRC_REGISTERING);
    if (client->state == BIGHT_IRC_REGISTERING && !client->freed)
        bighti_ircc_register(client);
    bighti_ircc_leave(client);
}

static void connection_drained(bight_line_session *session, void *data)
{
    bight_irc_client *client = data;

    (void)session;
    bighti_ircc_enter(client);
    client->blocked = false;
    bighti_ircc_pump(client);
    bighti_ircc_leave(client);
}

static void connection_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    bight_irc_client *client = data;

    (void)session;
    bighti_ircc_enter(client);
    client->transport = NULL;
    if (client->why == NULL && reason != NULL)
        client->why = bight_error_ref(reason);
    client->ended = true;
    bighti_ircc_leave(client);
}

static const bight_line_session_ops session_ops = {
    .size = sizeof(session_ops),
    .connected = connection_opened,
    .line = connection_line,
    .too_long = connection_too_long,
    .drained = connection_drained,
    .closed = connection_closed,
};

/* Make the line session for one connection. */
bool bighti_ircc_session_make(bight_irc_client *client)
{
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    if (client->session != NULL)
        return true;
    options.max_line = LONGEST_LINE;
    options.overflow = BIGHT_LINE_SKIP;
    options.name = "irc-client";
    options.need_ending = true;
    return bight_line_session_new(&options, &session_ops, client, &client->session) == BIGHT_OK;
}

/* Break off a connection. An attempt keeps its session. */
void bighti_ircc_session_break(bight_irc_client *client)
{
    bight_line_session *session = client->session;

    if (client->transport == NULL)
        return;
    client->transport = NULL;
    client->session = NULL;
    bight_line_session_free(session);
}

/* The attempt failed. The next turn frees the deferred, when nothing of it is on the stack. */
static bight_result on_failure(bight_result in, void *data)
{
    bight_irc_client *client = data;

    if (client->attempt == NULL || client->ended) { /* given up by this side */
        bight_result_free(in);
        return bight_result_value(NULL);
    }
    if (client->why != NULL)
        bight_error_unref(in.error);
    else
        client->why = in.error;
    client->ended = true;
    bight_task_schedule(client->soon);
    return bight_result_value(NULL);
}

/* The context of the options is for endpoints of TLS alone. */
static bool endpoint_is_tls(const char *endpoint)
{
    return strncmp(endpoint, "tls:", 4) == 0 || strstr(endpoint, "/tls:") != NULL;
}

/* The limit is that of the connect and not a timer of the client, because it must not run while a
 * person is asked about a certificate. */
void bighti_ircc_attempt(bight_irc_client *client)
{
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;

    options.timeout = client->options.register_timeout;
    if (endpoint_is_tls(client->endpoint))
        options.tls = client->options.tls;
    if (bighti_ircc_session_make(client))
        client->attempt = bight_connect_with(client->reactor, client->endpoint, &options,
                                             bight_line_session_get_protocol(client->session));
    if (client->attempt != NULL)
        bight_deferred_then(client->attempt, NULL, on_failure, client);
    else
        bighti_ircc_out_of_memory(client);
}

/* An unfinished attempt uses the session, so the attempt is given up first. */
void bighti_ircc_drop_connection(bight_irc_client *client)
{
    bight_deferred *attempt = client->attempt;
    bight_line_session *session;

    bighti_ircc_session_break(client);
    client->attempt = NULL;
    if (attempt != NULL) {
        bight_deferred_cancel(attempt);
        bight_deferred_free(attempt);
    }
    session = client->session;
    client->session = NULL;
    bight_line_session_free(session);
    bighti_ircc_drop_unsent(client);
    bighti_ircc_whois_free(client->whois);
    client->whois = NULL;
}

/* Returns the reason of the end: NULL if this side closed, else the noted error, with the text of
 * the server's ERROR in front. */
static bight_error *take_reason(bight_irc_client *client)
{
    bight_error *why = client->why;

    client->why = NULL;
    if (client->quitting) {
        bight_error_unref(why);
        why = NULL;
    } else if (!why) {
        why = bight_error_new(BIGHT_ERROR_CLOSED, "the connection was closed");
    }
    if (why != NULL && client->farewell != NULL)
        why = bight_error_new_caused(why, bight_error_get_status(why), "the server said: %s",
                                     client->farewell);
    free(client->farewell);
    client->farewell = NULL;
    return why;
}

/* A certificate that was refused would be refused again. */
static bool is_worth_a_retry(const bight_irc_client *client, const bight_error *reason)
{
    return client->options.reconnect && reason != NULL && client->endpoint != NULL &&
           !client->hopeless && bight_error_get_status(reason) != BIGHT_ERROR_INVALID &&
           bight_error_get_status(reason) != BIGHT_ERROR_UNTRUSTED;
}

static void leave_channels(bight_irc_client *client, const bight_error *reason)
{
    bight_irc_departure why = {.what = BIGHT_IRC_QUIT,
                               .text = reason != NULL ? bight_error_get_message(reason) : ""};

    why.by = (bight_irc_source){client->nick, "", "", true, false};
    why.time = bighti_ircc_wall_clock(client);
    while (client->channel_count > 0)
        bighti_ircc_leave_channel(client->channels[client->channel_count - 1], &why);
}

static void go_offline(bight_irc_client *client, const bight_error *reason)
{
    bighti_ircc_retry_stop(client);
    client->state = client->told = BIGHT_IRC_OFFLINE;
    BIGHTI_IRCC_TELL(client, state_changed, (client, client->state, reason, client->data));
}

void bighti_ircc_finish(bight_irc_client *client)
{
    bight_error *reason = take_reason(client);
    bool again = is_worth_a_retry(client, reason);
    bool over = client->quitting || !client->options.reconnect;

    bight_timer_stop(client->deadline);
    bight_timer_stop(client->silence);
    bight_timer_stop(client->pace);
    bighti_ircc_drop_connection(client);
    client->ended = false;
    if (over)
        bighti_ircc_forget_wishes(client);
    leave_channels(client, reason);
    if (again)
        bighti_ircc_retry(client, bight_error_ref(reason));
    else
        go_offline(client, reason);
    bight_error_unref(reason);
}
