/* The server object: its options, its listeners, and its end. */
#include "server_send.h"
#include <base/check.h>
#include <base/options.h>
#include <bight/endpoint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* A rejection with a message needs a connection. This many may exceed the limit at once; further
 * ones are reset. */
enum { REFUSED_AT_ONCE = 32 };

uint64_t bighti_ircd_wall_time(const bight_irc_server *server)
{
    const bight_clock *clock = &server->options.wall_clock;
    struct timespec now;

    if (clock->now != NULL)
        return clock->now(clock->data);
    clock_gettime(CLOCK_REALTIME, &now);
    return BIGHT_SEC(now.tv_sec) + (uint64_t)now.tv_nsec;
}

void bighti_ircd_changed(bight_irc_server *server)
{
    if (server->change != NULL)
        bight_task_schedule(server->changing);
}

static void on_changing(bight_task *task, void *data)
{
    bight_irc_server *server = data;

    (void)task;
    if (server->change != NULL)
        server->change(server, server->change_data);
}

static void on_reaper(bight_task *task, void *data)
{
    bight_irc_server *server = data;
    bighti_link *link;

    (void)task;
    while ((link = bighti_list_pop(&server->doomed)) != NULL) {
        bighti_ircd_user *user = BIGHTI_CONTAINER(link, bighti_ircd_user, doomed);

        bighti_ircd_user_exit(user, user->doom, true);
    }
}

static bool is_between(uint32_t value, uint32_t least, uint32_t most)
{
    return value >= least && value <= most;
}

static bool irc_server_is_word(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;

    if (size == 0 || size > BIGHTI_IRCD_SERVER || *text == ':')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] == 0x7f || strchr("!@*?,", text[i]) != NULL)
            return false;
    }
    return true;
}

static bool is_text(const char *text, bool lines)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '\r' || (*text == '\n' && !lines))
            return false;
    }
    return true;
}

/* ":nick!user@host KICK #channel nick :reason" is the longest line that must not be cut. */
static bool fits_a_line(const bight_irc_server_options *options)
{
    uint32_t names = options->nick_length + options->channel_length;

    return is_between(options->topic_length, 1, BIGHTI_IRCD_TEXT) &&
           is_between(options->reason_length, 1, BIGHTI_IRCD_TEXT) &&
           names + options->topic_length <= BIGHTI_IRCD_NAMES_AND_TEXT &&
           names + options->nick_length + options->reason_length <= BIGHTI_IRCD_NAMES_AND_TEXT;
}

static bool irc_server_is_known(const bight_irc_server_options *options)
{
    return irc_server_is_word(options->name) && irc_server_is_word(options->network) &&
           options->description != NULL && is_text(options->description, false) &&
           is_text(options->motd, true) && is_text(options->password, false) &&
           options->case_mapping <= BIGHT_IRC_CASE_RFC1459_STRICT &&
           is_between(options->nick_length, 9, BIGHTI_IRCD_NICK) &&
           is_between(options->channel_length, 2, BIGHTI_IRCD_CHANNEL) && fits_a_line(options) &&
           options->max_channels > 0 && options->max_list > 0 &&
           options->send_queue < SIZE_MAX / 4 && options->line_interval <= BIGHT_SEC(3600) &&
           options->burst > 0 && options->ping_interval > 0 && options->ping_timeout > 0 &&
           options->register_timeout > 0;
}

char *bighti_ircd_dup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

static bool copy(char **to, const char *text)
{
    *to = text != NULL ? bighti_ircd_dup(text) : NULL;
    return text == NULL || *to != NULL;
}

static bool copy_strings(bight_irc_server *server, const bight_irc_server_options *options)
{
    bool copied = copy(&server->name, options->name);

    copied = copy(&server->network, options->network) && copied;
    copied = copy(&server->description, options->description) && copied;
    copied = copy(&server->motd, options->motd) && copied;
    if (options->password != NULL && *options->password != '\0')
        copied = copy(&server->password, options->password) && copied;
    server->options = *options;
    server->options.name = server->name;
    server->options.network = server->network;
    server->options.description = server->description;
    server->options.motd = server->motd;
    server->options.password = server->password;
    return copied;
}

static bool irc_server_make_parts(bight_irc_server *server)
{
    bight_irc_case mapping = server->options.case_mapping;
    uint64_t seed[2];

    /* If the kernel has no random bytes yet, use an address, which outsiders do not know. */
    if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
        seed[0] = (uint64_t)(uintptr_t)server;
        seed[1] = bight_monotonic_now();
    }
    return bighti_irc_table_init(&server->nicks, mapping, seed) &&
           bighti_irc_table_init(&server->channel_names, mapping, seed) &&
           bighti_irc_table_init(&server->addresses, BIGHT_IRC_CASE_ASCII, seed) &&
           bight_task_new(server->reactor, on_reaper, server, &server->reaper) == BIGHT_OK &&
           bight_task_new(server->reactor, on_changing, server, &server->changing) == BIGHT_OK;
}

bight_status bight_irc_server_new(bight_reactor *reactor, const bight_irc_server_options *given,
                                  bight_irc_server **server)
{
    static const bight_irc_server_options defaults = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_irc_server_options options;
    bight_irc_server *made;

    BIGHTI_REQUIRE_REACTOR(reactor);
    if (!bighti_options_read(given, &defaults, sizeof(options), &options) ||
        !irc_server_is_known(&options))
        return BIGHT_ERROR_INVALID;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    made->reactor = reactor;
    bighti_link_init(&made->connections);
    bighti_link_init(&made->doomed);
    bighti_link_init(&made->listings);
    bighti_link_init(&made->channels);
    if (!copy_strings(made, &options) || !irc_server_make_parts(made)) {
        bight_irc_server_free(made);
        return BIGHT_ERROR_NO_MEMORY;
    }
    made->started = bighti_ircd_wall_time(made);
    *server = made;
    return BIGHT_OK;
}

bight_protocol *bight_irc_server_serve(bight_irc_server *server)
{
    uint32_t most = server->options.max_connections;
    bighti_ircd_user *user;

    if (most > 0 && server->connection_count >= most &&
        server->connection_count - most >= REFUSED_AT_ONCE)
        return NULL;
    user = bighti_ircd_user_new(server);
    return user != NULL ? bight_line_session_get_protocol(user->session) : NULL;
}

static bight_protocol *irc_server_serve(bight_listener *listener, bight_transport *transport,
                                        void *data)
{
    (void)listener;
    (void)transport;
    return bight_irc_server_serve(data);
}

static void irc_server_handshake_failed(bight_listener *listener, const char *peer,
                                        const bight_address *address, const bight_error *error,
                                        void *data)
{
    bight_irc_server *server = data;

    (void)listener;
    (void)address;
    if (server->handshake_failed != NULL)
        server->handshake_failed(server, peer, error, server->handshake_data);
}

bight_status bight_irc_server_listen(bight_irc_server *server, const char *endpoint,
                                     bight_error **error)
{
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    size_t count = server->listener_count;
    bight_listener **more = realloc(server->listeners, (count + 1) * sizeof(bight_listener *));
    bight_status status;

    if (more == NULL) {
        if (error != NULL)
            *error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "listen on %s", endpoint);
        return BIGHT_ERROR_NO_MEMORY;
    }
    server->listeners = more;
    options.handshake_failed = irc_server_handshake_failed;
    status = bight_listen_with(server->reactor, endpoint, &options, irc_server_serve, server, error,
                               &more[count]);
    if (status == BIGHT_OK)
        server->listener_count++;
    return status;
}

const char *bight_irc_server_get_endpoint(const bight_irc_server *server, size_t index)
{
    if (index >= server->listener_count)
        return NULL;
    return bight_listener_get_endpoint(server->listeners[index]);
}

bight_status bight_irc_server_notice(bight_irc_server *server, const char *text)
{
    bighti_link *link;

    if (!is_text(text, false))
        return BIGHT_ERROR_INVALID;
    for (link = server->connections.next; link != &server->connections; link = link->next) {
        bighti_ircd_user *user = BIGHTI_CONTAINER(link, bighti_ircd_user, link);
        bighti_ircd_line line;

        if (user->phase != PHASE_REGISTERED)
            continue;
        bighti_ircd_line_begin(&line, server->name, "NOTICE");
        bighti_ircd_line_word(&line, user->nick);
        bighti_ircd_line_text(&line, text);
        bighti_ircd_send(user, &line);
    }
    return BIGHT_OK;
}

void bight_irc_server_on_change(bight_irc_server *server, bight_irc_server_change_fn fn, void *data)
{
    server->change = fn;
    server->change_data = data;
}

void bight_irc_server_on_handshake_failed(bight_irc_server *server,
                                          bight_irc_server_handshake_fn fn, void *data)
{
    server->handshake_failed = fn;
    server->handshake_data = data;
}

void bight_irc_server_get_stats(const bight_irc_server *server, bight_irc_server_stats *stats)
{
    bight_irc_server_stats all = {
        .size = stats->size,
        .connections = server->connection_count,
        .users = server->user_count,
        .most_users = server->most_users,
        .channels = (uint32_t)server->channel_names.table.count,
        .accepted = server->accepted,
        .commands = server->commands,
    };

    bighti_stats_write(&all, sizeof(all), stats);
}

static void end_connections(bight_irc_server *server)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&server->connections)) != NULL) {
        bighti_ircd_user *user = BIGHTI_CONTAINER(link, bighti_ircd_user, link);

        bighti_ircd_user_farewell(user);
    }
}

void bight_irc_server_free(bight_irc_server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < server->listener_count; i++)
        bight_listener_free(server->listeners[i]);
    free(server->listeners);
    end_connections(server);
    bight_task_free(server->reaper);
    bight_task_free(server->changing);
    bighti_irc_table_deinit(&server->nicks);
    bighti_irc_table_deinit(&server->channel_names);
    bighti_irc_table_deinit(&server->addresses);
    free(server->name);
    free(server->network);
    free(server->description);
    free(server->motd);
    free(server->password);
    free(server);
}
