/* The lifetime of a client session: creation, connecting, changes of state, quitting and freeing.
 * See client_private.h for the two rules that all code here follows. */
#include "client_private.h"

#include <base/check.h>
#include <bight/irc_text.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The strings among the options. */
static const size_t option_strings[] = {
    offsetof(bight_irc_client_options, nick),     offsetof(bight_irc_client_options, alternatives),
    offsetof(bight_irc_client_options, user),     offsetof(bight_irc_client_options, real_name),
    offsetof(bight_irc_client_options, password), offsetof(bight_irc_client_options, join),
    offsetof(bight_irc_client_options, version),  offsetof(bight_irc_client_options, quit_message),
};

#define OPTION_STRINGS (sizeof(option_strings) / sizeof(option_strings[0]))

static const char **option_string(bight_irc_client_options *options, size_t i)
{
    return (const char **)(void *)((char *)options + option_strings[i]);
}

static bool is_one_line(const char *text)
{
    return text == NULL || strpbrk(text, "\r\n") == NULL;
}

static bool irc_client_is_word(const char *text)
{
    return text == NULL ||
           (text[0] != '\0' && text[0] != ':' && strpbrk(text, " ,\r\n\t") == NULL &&
            strlen(text) <= BIGHTI_IRCC_NAME_MAX);
}

static bool options_are_valid(const bight_irc_client_options *options)
{
    return options->nick && irc_client_is_word(options->nick) &&
           irc_client_is_word(options->user) && is_one_line(options->alternatives) &&
           is_one_line(options->real_name) && is_one_line(options->password) &&
           is_one_line(options->join) && is_one_line(options->version) &&
           is_one_line(options->quit_message);
}

/* Copy the options. On failure, `out` contains the strings copied so far, which the caller
 * frees. */
static bool copy_options(bight_irc_client_options *out, const bight_irc_client_options *options)
{
    bool worked = true;

    *out = *options;
    if (out->tls != NULL)
        bight_tls_ref(out->tls);
    for (size_t i = 0; i < OPTION_STRINGS; i++) {
        const char **slot = option_string(out, i);

        if (*slot == NULL)
            continue;
        *slot = bighti_ircc_dup(*slot);
        worked = worked && *slot;
    }
    if (out->send_burst == 0)
        out->send_burst = 1;
    return worked;
}

static void irc_client_free_options(bight_irc_client_options *options)
{
    for (size_t i = 0; i < OPTION_STRINGS; i++)
        free((char *)*option_string(options, i));
}

int64_t bighti_ircc_wall_clock(const bight_irc_client *client)
{
    struct timespec now;

    if (client->options.wall_clock)
        return client->options.wall_clock(client->options.wall_clock_data);
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *bighti_ircc_dup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool bighti_ircc_set(char **slot, const char *value)
{
    char *copy = bighti_ircc_dup(value);

    if (copy == NULL)
        return false;
    free(*slot);
    *slot = copy;
    return true;
}

static void irc_client_tell_state(bight_irc_client *client)
{
    client->told = client->state;
    BIGHTI_IRCC_TELL(client, state_changed, (client, client->state, NULL, client->data));
}

void bighti_ircc_set_state(bight_irc_client *client, bight_irc_state state)
{
    client->state = state;
    irc_client_tell_state(client);
}

/* Send QUIT. Before the welcome nobody would see its text, so the connection closes at once. */
static void send_quit(bight_irc_client *client)
{
    client->quit_sent = true;
    if (client->welcomed)
        bighti_ircc_pump(client);
    bighti_ircc_send_now(client, "QUIT", bighti_ircc_text(client->quit_text), NULL);
    bighti_ircc_drop_unsent(client);
    if (!client->welcomed && client->transport != NULL)
        bight_transport_close(client->transport);
}

static void run_soon(bight_task *task, void *data)
{
    bight_irc_client *client = data;

    (void)task;
    bighti_ircc_enter(client);
    if (client->state != client->told)
        irc_client_tell_state(client);
    if (client->state == BIGHT_IRC_CONNECTING && client->attempt == NULL && !client->ended)
        bighti_ircc_attempt(client);
    if (client->nick_unsent && client->transport != NULL)
        bighti_ircc_send_nick(client);
    if (client->state == BIGHT_IRC_CLOSING && client->transport != NULL && !client->quit_sent)
        send_quit(client);
    bighti_ircc_pump(client);
    bighti_ircc_leave(client);
}

static void run_deadline(bight_timer *timer, void *data)
{
    bight_irc_client *client = data;

    (void)timer;
    bighti_ircc_enter(client);
    if (client->state == BIGHT_IRC_REGISTERING && client->welcomed)
        bighti_ircc_ready(client); /* the server never ended its MOTD */
    else
        bighti_ircc_break(client,
                          bight_error_new(BIGHT_ERROR_TIMED_OUT, "no answer from %s in time",
                                          bighti_ircc_peer(client)));
    bighti_ircc_leave(client);
}

/* Check for silence of the server. The timer is not restarted for every received line; when it
 * fires, it computes how much of the interval is left. */
static void run_silence(bight_timer *timer, void *data)
{
    bight_irc_client *client = data;
    uint64_t silent = bight_reactor_now(client->reactor) - client->last_heard;

    bighti_ircc_enter(client);
    if (silent < client->options.ping_interval) {
        bight_timer_start(timer, client->options.ping_interval - silent);
    } else if (client->ping_sent == 0) {
        client->ping_sent = client->ping_at = bight_reactor_now(client->reactor);
        bighti_ircc_send_now(client, "PING", "bight", NULL);
        bight_timer_start(timer, client->options.ping_timeout);
    } else {
        bighti_ircc_break(client,
                          bight_error_new(BIGHT_ERROR_TIMED_OUT, "%s does not answer any more",
                                          bighti_ircc_peer(client)));
    }
    bighti_ircc_leave(client);
}

static void run_pace(bight_timer *timer, void *data)
{
    bight_irc_client *client = data;

    (void)timer;
    bighti_ircc_enter(client);
    bighti_ircc_pump(client);
    bighti_ircc_leave(client);
}

static void free_session(bight_irc_client *client)
{
    bighti_ircc_drop_connection(client);
    for (size_t i = 0; i < client->channel_count; i++)
        bighti_ircc_channel_free(client->channels[i]);
    free(client->channels);
    bighti_ircc_clear_queue(client);
    bighti_ircc_features_deinit(&client->features);
    bighti_ircc_whois_free(client->whois);
    bighti_ircc_forget_wishes(client);
    bighti_ircc_monologues_forget(client);
}

static void destroy(bight_irc_client *client)
{
    char *const strings[] = {
        client->farewell, client->quit_text, client->endpoint,  client->repaired,  client->nick,
        client->wanted,   client->requested, client->user_seen, client->host_seen, client->server};

    bighti_ircc_retry_stop(client);
    free_session(client);
    bight_task_free(client->soon);
    bight_timer_free(client->deadline);
    bight_timer_free(client->silence);
    bight_timer_free(client->pace);
    bight_error_unref(client->why);
    bight_tls_unref(client->options.tls);
    irc_client_free_options(&client->options);
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        free(strings[i]);
    free(client);
}

void bighti_ircc_enter(bight_irc_client *client)
{
    client->inside++;
}

void bighti_ircc_leave(bight_irc_client *client)
{
    if (client->inside == 1 && client->ended && !client->freed)
        bighti_ircc_finish(client);
    client->inside--;
    if (client->inside == 0 && client->freed)
        destroy(client);
}

void bighti_ircc_break(bight_irc_client *client, bight_error *take_why)
{
    if (client->why != NULL)
        bight_error_unref(take_why);
    else
        client->why = take_why;
    bighti_ircc_session_break(client);
    client->ended = true;
}

void bighti_ircc_out_of_memory(bight_irc_client *client)
{
    bighti_ircc_break(client, bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
}

const char *bighti_ircc_peer(const bight_irc_client *client)
{
    if (client->server != NULL)
        return client->server;
    return client->endpoint != NULL ? client->endpoint : "the server";
}

static bool irc_client_make_parts(bight_irc_client *client, const bight_irc_client_options *options)
{
    return copy_options(&client->options, options) &&
           bighti_ircc_set(&client->wanted, options->nick) &&
           bighti_ircc_set(&client->nick, options->nick) &&
           bight_task_new(client->reactor, run_soon, client, &client->soon) == BIGHT_OK &&
           bight_timer_new(client->reactor, run_deadline, client, &client->deadline) == BIGHT_OK &&
           bight_timer_new(client->reactor, run_silence, client, &client->silence) == BIGHT_OK &&
           bight_timer_new(client->reactor, run_pace, client, &client->pace) == BIGHT_OK;
}

bight_status bight_irc_client_new(bight_reactor *reactor, const bight_irc_client_options *given,
                                  const bight_irc_client_events *events, void *data,
                                  bight_irc_client **client)
{
    static const bight_irc_client_options defaults = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_irc_client_options options;
    bight_irc_client *made;

    BIGHTI_REQUIRE_REACTOR(reactor);
    if (!bighti_options_read(given, &defaults, sizeof(options), &options) ||
        !options_are_valid(&options) ||
        !BIGHTI_TABLE_IS_KNOWN(events, bight_irc_client_events, size))
        return BIGHT_ERROR_INVALID;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    made->reactor = reactor;
    made->events = events;
    made->data = data;
    made->chance = options.seed;
    bighti_link_init(&made->queue);
    bighti_ircc_features_init(&made->features);
    if (!irc_client_make_parts(made, &options)) {
        destroy(made);
        return BIGHT_ERROR_NO_MEMORY;
    }
    bight_task_set_name(made->soon, "irc-client");
    bight_timer_set_name(made->deadline, "irc-client deadline");
    bight_timer_set_name(made->silence, "irc-client silence");
    bight_timer_set_name(made->pace, "irc-client pace");
    *client = made;
    return BIGHT_OK;
}

void bight_irc_client_free(bight_irc_client *client)
{
    if (client == NULL)
        return;
    client->freed = true;
    bighti_ircc_retry_stop(client);
    /* Break off the session at once, because a nested loop in an event could run for a long
     * time. */
    bighti_ircc_session_break(client);
    bight_task_cancel(client->soon);
    bight_timer_stop(client->deadline);
    bight_timer_stop(client->silence);
    bight_timer_stop(client->pace);
    if (client->inside == 0)
        destroy(client);
}

bight_status bight_irc_client_connect(bight_irc_client *client, const char *endpoint)
{
    bool elsewhere = client->endpoint != NULL && strcmp(client->endpoint, endpoint) != 0;

    if (client->state != BIGHT_IRC_OFFLINE && client->state != BIGHT_IRC_WAITING)
        return BIGHT_ERROR_STATE;
    if (!bighti_ircc_set(&client->endpoint, endpoint))
        return BIGHT_ERROR_NO_MEMORY;
    if (elsewhere)
        bighti_ircc_forget_wishes(client);
    bight_timer_stop(client->deadline);
    bighti_ircc_retry_stop(client);
    client->quitting = false;
    client->state = BIGHT_IRC_CONNECTING;
    bight_task_schedule(client->soon);
    return BIGHT_OK;
}

/* A quit message that is too long is cut rather than rejected. */
static void keep_quit_text(bight_irc_client *client, const char *message)
{
    char text[301];

    if (message == NULL)
        message = bighti_ircc_text(client->options.quit_message);
    bight_irc_repair(message, strcspn(message, "\r\n"), text, sizeof(text));
    if (!bighti_ircc_set(&client->quit_text, text)) {
        free(client->quit_text);
        client->quit_text = NULL;
    }
}

void bight_irc_client_quit(bight_irc_client *client, const char *message)
{
    if (client->state == BIGHT_IRC_OFFLINE || client->quitting)
        return;
    client->quitting = true;
    bighti_ircc_retry_stop(client);
    if (client->transport != NULL) {
        keep_quit_text(client, message);
        client->quit_sent = false;
        bight_timer_stop(client->silence);
        bight_timer_start(client->deadline, client->options.quit_timeout);
        client->state = BIGHT_IRC_CLOSING;
    } else {
        client->ended = true;
    }
    bight_task_schedule(client->soon);
}

bight_protocol *bight_irc_client_get_protocol(bight_irc_client *client)
{
    return bighti_ircc_session_make(client) ? bight_line_session_get_protocol(client->session)
                                            : NULL;
}

bight_transport *bight_irc_client_get_transport(const bight_irc_client *client)
{
    return client->transport;
}

const char *bight_irc_state_text(bight_irc_state state)
{
    static const char *const texts[] = {"offline", "connecting", "registering",
                                        "ready",   "closing",    "waiting to reconnect"};

    return (size_t)state < sizeof(texts) / sizeof(texts[0]) ? texts[state] : "unknown";
}

bight_irc_state bight_irc_client_get_state(const bight_irc_client *client)
{
    return client->state;
}

const char *bight_irc_client_get_nick(const bight_irc_client *client)
{
    return client->nick;
}

bool bight_irc_client_is_away(const bight_irc_client *client)
{
    return client->away;
}

uint64_t bight_irc_client_get_lag(const bight_irc_client *client)
{
    return client->lag;
}

size_t bight_irc_client_get_queued(const bight_irc_client *client)
{
    return client->queued;
}
