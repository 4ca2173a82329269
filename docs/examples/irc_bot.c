/* A bot that greets new members and answers questions. It reconnects when the connection is lost.
 *
 *     build/dev/examples/irc_bot tcp:127.0.0.1:6667 '#bight'
 */
#include <bight/irc_client.h>
#include <bight/irc_text.h>
#include <bight/reactor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The queue may be full, or the connection gone. Then the answer is dropped. */
static void say(bight_irc_client *client, const char *where, const char *text)
{
    bight_status status = bight_irc_client_say(client, where, text);

    if (status != BIGHT_OK)
        fprintf(stderr, "not said: %s\n", bight_status_text(status));
}

static void on_member(bight_irc_client *client, const bight_irc_member_change *change, void *data)
{
    char text[256];

    (void)data;
    if (change->what != BIGHT_IRC_JOINED || change->by.is_self)
        return;
    snprintf(text, sizeof(text), "Hello %s!", bight_irc_member_get_nick(change->member));
    say(client, bight_irc_channel_get_name(change->channel), text);
}

/* Messages of the bot itself and of other programs (notices) arrive here too: answer neither. */
static void on_said(bight_irc_client *client, const bight_irc_words *words, void *data)
{
    char text[512];
    bight_irc_channel *channel = bight_irc_client_find_channel(client, words->conversation);

    (void)data;
    if (words->from.is_self || words->from.is_server || words->manner == BIGHT_IRC_NOTICE)
        return;
    bight_irc_strip(words->text, text, sizeof(text));
    if (channel != NULL && strcmp(text, "!count") == 0) {
        snprintf(text, sizeof(text), "%zu are here", bight_irc_channel_count_members(channel));
        say(client, words->conversation, text);
    } else if (words->mentions_me && strstr(text, "go home") != NULL) {
        bight_irc_client_quit(client, "Good night");
    }
}

static void on_state(bight_irc_client *client, bight_irc_state state, const bight_error *reason,
                     void *data)
{
    (void)client;
    printf("%s %s\n", bight_irc_state_text(state),
           reason != NULL ? bight_error_get_message(reason) : "");
    fflush(stdout);
    if (state == BIGHT_IRC_OFFLINE)
        bight_reactor_stop(data);
}

static const bight_irc_client_events events = {
    .size = sizeof(events),
    .state_changed = on_state,
    .said = on_said,
    .member_changed = on_member,
};

int main(int argc, char **argv)
{
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_irc_client *client = NULL;
    bight_status status;

    if (argc != 3 || reactor == NULL) {
        fprintf(stderr, "usage: irc_bot ENDPOINT CHANNEL\n");
        return EXIT_FAILURE;
    }
    options.nick = "porter";
    options.alternatives = "doorman,concierge";
    options.join = argv[2];
    options.reconnect = true;
    options.reconnect_attempts = 0; /* for ever */
    status = bight_irc_client_new(reactor, &options, &events, reactor, &client);
    if (status == BIGHT_OK)
        status = bight_irc_client_connect(client, argv[1]);
    if (status == BIGHT_OK)
        status = bight_reactor_run(reactor);
    bight_irc_client_free(client);
    bight_reactor_free(reactor);
    return status == BIGHT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
