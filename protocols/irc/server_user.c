/* One connection, from accept to closed. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINGER_SECONDS = 5 };

void bighti_ircd_user_source(const bighti_ircd_user *user, char *buffer)
{
    snprintf(buffer, BIGHTI_IRCD_SOURCE, "%s!%s@%s", user->nick, user->user, user->host);
}

bighti_ircd_user *bighti_ircd_user_find(const bight_irc_server *server, const char *nick)
{
    bighti_irc_entry *entry = bighti_irc_table_find(&server->nicks, bight_view_of(nick));
    bighti_ircd_user *user;

    if (entry == NULL)
        return NULL;
    user = BIGHTI_CONTAINER(entry, bighti_ircd_user, entry);
    return user->phase == PHASE_REGISTERED ? user : NULL;
}

bool bighti_ircd_users_meet(const bighti_ircd_user *a, const bighti_ircd_user *b)
{
    bighti_link *link;

    for (link = a->memberships.next; link != &a->memberships; link = link->next) {
        if (bighti_ircd_member_find(BIGHTI_CONTAINER(link, bighti_ircd_member, in_user)->channel,
                                    b) != NULL)
            return true;
    }
    return false;
}

void bighti_ircd_user_doom(bighti_ircd_user *user, const char *reason)
{
    if (user->doom != NULL || user->phase == PHASE_GONE)
        return;
    user->doom = reason;
    bighti_list_append(&user->server->doomed, &user->doomed);
    bight_task_schedule(user->server->reaper);
}

void bighti_ircd_user_leave_all(bighti_ircd_user *user)
{
    while (!bighti_list_is_empty(&user->memberships))
        bighti_ircd_member_remove(
            BIGHTI_CONTAINER(user->memberships.next, bighti_ircd_member, in_user));
    while (!bighti_list_is_empty(&user->invites)) {
        bighti_link *link = bighti_list_pop(&user->invites);
        bighti_ircd_invite *invite = BIGHTI_CONTAINER(link, bighti_ircd_invite, in_user);

        bighti_link_unlink(&invite->in_channel);
        free(invite);
    }
    user->invite_count = 0;
}

static void tell_peers(bighti_ircd_user *user, const char *reason)
{
    bighti_ircd_event event;

    bighti_ircd_event_begin(&event, user, "QUIT");
    bighti_ircd_line_text(&event.line, reason);
    bighti_ircd_event_to_peers(&event, user, 0);
    bighti_ircd_event_end(&event);
}

/* Remove the user from the server; the connection stays. */
static void user_depart(bighti_ircd_user *user, const char *reason)
{
    bight_irc_server *server = user->server;

    if (user->phase == PHASE_REGISTERED) {
        tell_peers(user, reason);
        server->user_count--;
        bighti_ircd_changed(server);
    }
    bighti_ircd_user_leave_all(user);
    if (user->entry.name.size > 0)
        bighti_irc_table_remove(&server->nicks, &user->entry);
    user->entry.name = (bight_view){NULL, 0};
    bighti_link_unlink(&user->listing.link);
    bighti_link_unlink(&user->doomed);
    bight_timer_stop(user->clock);
    bight_timer_stop(user->throttle);
    user->phase = PHASE_GONE;
}

static void send_error(bighti_ircd_user *user, const char *reason)
{
    char line[BIGHT_IRC_MAX_BODY];
    int size = snprintf(line, sizeof(line), "ERROR :Closing Link: %s (%.*s)\r\n", user->host,
                        BIGHTI_IRCD_TEXT, reason);

    bight_transport_write(user->transport, line, (size_t)size);
}

void bighti_ircd_user_exit(bighti_ircd_user *user, const char *reason, bool abort)
{
    if (user->phase == PHASE_GONE)
        return;
    user_depart(user, reason);
    if (user->transport == NULL)
        return;
    if (abort) {
        bight_transport_abort(user->transport);
        return;
    }
    send_error(user, reason);
    bight_transport_set_linger(user->transport, BIGHT_SEC(LINGER_SECONDS));
    bight_transport_close(user->transport);
}

/* The clock first limits the registration, then detects silence and sends pings. */
static void on_clock(bight_timer *timer, void *data)
{
    bighti_ircd_user *user = data;
    const bight_irc_server_options *options = &user->server->options;
    uint64_t silent = bight_reactor_now(user->server->reactor) - user->last_input;
    bighti_ircd_line line;
    char reason[64];

    if (user->phase == PHASE_REGISTERING) {
        bighti_ircd_user_exit(user, "Registration timed out", false);
    } else if (silent < options->ping_interval) {
        user->pinged = false;
        bight_timer_start(timer, options->ping_interval - silent);
    } else if (!user->pinged) {
        user->pinged = true;
        bighti_ircd_line_begin(&line, user->server->name, "PING");
        bighti_ircd_line_text(&line, user->server->name);
        bighti_ircd_send(user, &line);
        bight_timer_start(timer, options->ping_timeout);
    } else {
        snprintf(reason, sizeof(reason), "Ping timeout: %llu seconds",
                 (unsigned long long)(silent / BIGHT_SEC(1)));
        bighti_ircd_user_exit(user, reason, false);
    }
}

/* The input that may wait for a throttled client is bounded. A client that exceeds it is not a
 * person. */
static void on_throttle(bight_timer *timer, void *data)
{
    bighti_ircd_user *user = data;
    size_t waiting = bight_line_session_get_waiting(user->session);

    (void)timer;
    if (waiting > 0 && waiting >= user->server->options.receive_queue)
        bighti_ircd_user_exit(user, "Excess Flood", false);
    else
        bight_line_session_resume(user->session);
}

static void user_line(bight_line_session *session, const uint8_t *bytes, size_t size, void *data)
{
    bighti_ircd_user *user = data;

    if (user->phase == PHASE_GONE || user->doom != NULL)
        return;
    user->last_input = bight_reactor_now(user->server->reactor);
    bighti_ircd_dispatch(user, bytes, size);
    if (user->phase != PHASE_GONE && bighti_ircd_throttle(user))
        bight_line_session_pause(session);
}

static void user_too_long(bight_line_session *session, const uint8_t *start, size_t size,
                          void *data)
{
    bighti_ircd_user *user = data;

    (void)session;
    (void)start;
    (void)size;
    if (user->phase == PHASE_GONE)
        return;
    user->last_input = bight_reactor_now(user->server->reactor);
    bighti_ircd_reply(user, ERR_INPUTTOOLONG, "Input line was too long", NULL);
}

static void user_connected(bight_line_session *session, void *data)
{
    bighti_ircd_user *user = data;
    bight_transport *transport = bight_line_session_get_transport(session);
    const bight_irc_server_options *options = &user->server->options;
    size_t queue = options->send_queue;

    user->transport = transport;
    user->last_input = user->last_talk = bight_reactor_now(user->server->reactor);
    /* This code limits the queue and reports the reason; the transport's own limit is a
     * fallback. */
    bight_transport_set_marks(transport, queue / 8, queue / 4, queue * 2 + 65536);
    bight_timer_start(user->clock, options->register_timeout);
    if (!bighti_ircd_address_take(user))
        bighti_ircd_user_exit(user, "Too many connections from your address", false);
    else if (options->max_connections > 0 &&
             user->server->connection_count > options->max_connections)
        bighti_ircd_user_exit(user, "The server is full", false);
}

static void user_ended(bight_line_session *session, void *data)
{
    (void)session;
    bighti_ircd_user_exit(data, "Remote host closed the connection", false);
}

static void user_drained(bight_line_session *session, void *data)
{
    bighti_ircd_user *user = data;

    (void)session;
    if (user->phase == PHASE_REGISTERED && user->doom == NULL)
        bighti_ircd_list_continue(user);
}

static const char *reason_of(const bight_error *error)
{
    switch (error != NULL ? bight_error_get_status(error) : BIGHT_ERROR_CLOSED) {
    case BIGHT_ERROR_CLOSED:
        return "Remote host closed the connection";
    case BIGHT_ERROR_LIMIT:
        return "SendQ exceeded";
    case BIGHT_ERROR_RESET:
        return "Connection reset by peer";
    case BIGHT_ERROR_NO_MEMORY:
        return "Out of memory";
    default:
        return "Connection lost";
    }
}

static void user_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    bighti_ircd_user *user = data;

    (void)session;
    user->transport = NULL;
    bighti_ircd_user_exit(user, user->doom != NULL ? user->doom : reason_of(reason), false);
    bighti_ircd_user_free(user);
}

static const bight_line_session_ops session_ops = {
    .size = sizeof(session_ops),
    .connected = user_connected,
    .line = user_line,
    .too_long = user_too_long,
    .ended = user_ended,
    .drained = user_drained,
    .closed = user_closed,
};

static bool user_make_parts(bighti_ircd_user *user)
{
    bight_irc_server *server = user->server;
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    options.max_line = BIGHT_IRC_MAX_CLIENT_TAGS + BIGHT_IRC_MAX_BODY - 2;
    options.max_waiting = server->options.receive_queue;
    options.overflow = BIGHT_LINE_SKIP;
    options.name = "irc-server";
    options.need_ending = true;
    options.read_ahead = true;
    if (bight_line_session_new(&options, &session_ops, user, &user->session) != BIGHT_OK ||
        bight_timer_new(server->reactor, on_clock, user, &user->clock) != BIGHT_OK ||
        bight_timer_new(server->reactor, on_throttle, user, &user->throttle) != BIGHT_OK)
        return false;
    bight_timer_set_name(user->clock, "irc-server ping");
    bight_timer_set_name(user->throttle, "irc-server throttle");
    return true;
}

bighti_ircd_user *bighti_ircd_user_new(bight_irc_server *server)
{
    bighti_ircd_user *user = calloc(1, sizeof(*user));

    if (user == NULL)
        return NULL;
    user->server = server;
    bighti_link_init(&user->doomed);
    bighti_link_init(&user->listing.link);
    bighti_link_init(&user->memberships);
    bighti_link_init(&user->invites);
    bighti_list_append(&server->connections, &user->link);
    server->connection_count++;
    if (!user_make_parts(user)) {
        bighti_ircd_user_free(user);
        return NULL;
    }
    server->accepted++;
    return user;
}

/* Remove a user from the server's counters. */
static void forget_user(bighti_ircd_user *user)
{
    if (user->server == NULL)
        return;
    bighti_ircd_address_release(user);
    bighti_link_unlink(&user->link);
    bighti_link_unlink(&user->doomed);
    bighti_link_unlink(&user->listing.link);
    user->server->connection_count--;
    bight_timer_free(user->clock);
    bight_timer_free(user->throttle);
    user->server = NULL;
}

void bighti_ircd_user_free(bighti_ircd_user *user)
{
    forget_user(user);
    bight_line_session_free(user->session);
    free(user->away);
    free(user);
}

/* The server is being freed. A connected user outlives it until its last bytes were sent; then
 * closed frees it. */
void bighti_ircd_user_farewell(bighti_ircd_user *user)
{
    bight_transport *transport = user->transport;

    if (transport != NULL && user->phase != PHASE_GONE) {
        send_error(user, "The server is shutting down");
        bight_transport_set_linger(transport, BIGHT_SEC(LINGER_SECONDS));
        bight_transport_close(transport);
    }
    user->phase = PHASE_GONE;
    bighti_ircd_user_leave_all(user);
    if (transport != NULL)
        forget_user(user);
    else
        bighti_ircd_user_free(user);
}
