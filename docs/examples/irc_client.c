/* A chat client for the terminal: it prints messages, sends what you type, and runs /commands.
 *
 *     build/dev/examples/irc_client tcp:127.0.0.1:6667 ada '#bight'
 */
#include <bight/irc_client.h>
#include <bight/irc_entry.h>
#include <bight/irc_text.h>
#include <bight/reactor.h>
#include <bight/watch.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct chat {
    bight_reactor *reactor;
    bight_irc_client *client;
    bight_watch *keyboard;
    const char *where; /* the current channel */
    char typed[4096];  /* an unfinished line */
    size_t typed_size;
    int exit_status;
} chat;

/* -- The events of the session -- */

static void on_state(bight_irc_client *client, bight_irc_state state, const bight_error *reason,
                     void *data)
{
    chat *self = data;

    (void)client;
    printf("* %s%s%s\n", bight_irc_state_text(state), reason != NULL ? ": " : "",
           reason != NULL ? bight_error_get_message(reason) : "");
    if (state == BIGHT_IRC_OFFLINE) {
        self->exit_status = reason != NULL ? EXIT_FAILURE : EXIT_SUCCESS;
        bight_reactor_stop(self->reactor);
    }
}

static void on_said(bight_irc_client *client, const bight_irc_words *words, void *data)
{
    char text[2048];

    (void)client;
    (void)data;
    bight_irc_strip(words->text, text, sizeof(text)); /* no colour codes */
    if (words->manner == BIGHT_IRC_ACTION)
        printf("[%s] * %s %s\n", words->conversation, words->from.nick, text);
    else
        printf("[%s] <%s> %s\n", words->conversation, words->from.nick, text);
}

/* NAMES is complete: the list is sorted, operators first. */
static void on_members(bight_irc_client *client, bight_irc_channel *channel, void *data)
{
    (void)client;
    (void)data;
    printf("* in %s are", bight_irc_channel_get_name(channel));
    for (size_t i = 0; i < bight_irc_channel_count_members(channel); i++) {
        bight_irc_member *member = bight_irc_channel_get_member(channel, i);

        printf(" %s%s", bight_irc_member_get_prefixes(member), bight_irc_member_get_nick(member));
    }
    printf("\n");
}

static void on_member(bight_irc_client *client, const bight_irc_member_change *change, void *data)
{
    const char *channel = bight_irc_channel_get_name(change->channel);
    const char *nick = bight_irc_member_get_nick(change->member);

    (void)client;
    (void)data;
    switch (change->what) {
    case BIGHT_IRC_JOINED:
        printf("* %s came to %s\n", nick, channel);
        break;
    case BIGHT_IRC_PARTED:
    case BIGHT_IRC_QUIT:
        printf("* %s left %s (%s)\n", nick, channel, change->text);
        break;
    case BIGHT_IRC_KICKED:
        printf("* %s was thrown out of %s by %s (%s)\n", nick, channel, change->by.nick,
               change->text);
        break;
    case BIGHT_IRC_RENAMED:
        printf("* %s is %s now\n", change->old_nick, nick);
        break;
    default:
        break;
    }
}

static void on_problem(bight_irc_client *client, const bight_irc_problem *problem, void *data)
{
    (void)client;
    (void)data;
    printf("! %s\n", problem->text);
}

static void on_nick_needed(bight_irc_client *client, const char *tried, const char *text,
                           void *data)
{
    (void)client;
    (void)data;
    printf("! %s: %s. Choose another with /nick\n", tried, text);
}

static const bight_irc_client_events events = {
    .size = sizeof(events),
    .state_changed = on_state,
    .nick_needed = on_nick_needed,
    .said = on_said,
    .members_reset = on_members,
    .member_changed = on_member,
    .problem = on_problem,
};

/* -- User input -- */

static void enter(chat *self, const char *line)
{
    bight_irc_entry_result result;

    bight_irc_entry_run(self->client, self->where, line, &result);
    if (result.todo == BIGHT_IRC_ENTRY_SHOW)
        printf("%s\n", result.text);
    else if (result.todo == BIGHT_IRC_ENTRY_FAILED)
        printf("! %s\n", result.text);
}

static void on_keyboard(bight_watch *watch, unsigned happened, void *data)
{
    chat *self = data;
    char *end;
    ssize_t got = read(STDIN_FILENO, self->typed + self->typed_size,
                       sizeof(self->typed) - 1 - self->typed_size);

    (void)happened;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) { /* Ctrl-D: send QUIT, and receive until the server has closed */
        bight_watch_set_events(watch, 0);
        bight_irc_client_quit(self->client, NULL);
        return;
    }
    self->typed_size += (size_t)got;
    self->typed[self->typed_size] = '\0';
    while ((end = strchr(self->typed, '\n')) != NULL) {
        *end = '\0';
        enter(self, self->typed);
        self->typed_size -= (size_t)(end + 1 - self->typed);
        memmove(self->typed, end + 1, self->typed_size + 1);
    }
    if (self->typed_size == sizeof(self->typed) - 1)
        self->typed_size = 0; /* drop a line that is too long to be typed */
}

int main(int argc, char **argv)
{
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    chat self = {.reactor = bight_reactor_new(), .exit_status = EXIT_FAILURE};

    if (argc != 4 || self.reactor == NULL) {
        fprintf(stderr, "usage: irc_client ENDPOINT NICK CHANNEL\n");
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    self.where = argv[3];
    options.nick = argv[2];
    options.join = argv[3];
    if (bight_irc_client_new(self.reactor, &options, &events, &self, &self.client) != BIGHT_OK ||
        bight_irc_client_connect(self.client, argv[1]) != BIGHT_OK ||
        bight_watch_new(self.reactor, STDIN_FILENO, BIGHT_WATCH_READ, on_keyboard, &self,
                        &self.keyboard) != BIGHT_OK ||
        bight_reactor_run(self.reactor) != BIGHT_OK)
        fprintf(stderr, "cannot chat as %s\n", argv[2]);
    bight_watch_free(self.keyboard);
    bight_irc_client_free(self.client);
    bight_reactor_free(self.reactor);
    return self.exit_status;
}
