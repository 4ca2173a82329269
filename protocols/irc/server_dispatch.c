/* Passes a line to its handler. The line is copied once, so that its words can be NUL-terminated
 * strings. The parser guarantees that no NUL is inside. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdlib.h>
#include <string.h>

/* `cost` is in line intervals; see bight_irc_server_options.line_interval. */
typedef struct command {
    const char *name;
    bighti_ircd_handler handler;
    uint8_t least; /* the words that it requires */
    uint8_t cost;
    bool before_registering; /* whether it is allowed then */
} command;

/* Sorted by strcmp(), for bsearch(). */
static const command commands[] = {
    {"ADMIN", bighti_ircd_on_admin, 0, 1, false},
    {"AWAY", bighti_ircd_on_away, 0, 2, false},
    {"CAP", bighti_ircd_on_cap, 1, 1, true},
    {"INFO", bighti_ircd_on_info, 0, 2, false},
    {"INVITE", bighti_ircd_on_invite, 2, 2, false},
    {"ISON", bighti_ircd_on_ison, 1, 1, false},
    {"JOIN", bighti_ircd_on_join, 1, 1, false},
    {"KICK", bighti_ircd_on_kick, 2, 1, false},
    {"LIST", bighti_ircd_on_list, 0, 4, false},
    {"LUSERS", bighti_ircd_on_lusers, 0, 2, false},
    {"MODE", bighti_ircd_on_mode, 1, 1, false},
    {"MOTD", bighti_ircd_on_motd, 0, 3, false},
    {"NAMES", bighti_ircd_on_names, 0, 2, false},
    {"NICK", bighti_ircd_on_nick, 0, 2, true},
    {"NOTICE", bighti_ircd_on_talk, 0, 1, false},
    {"PART", bighti_ircd_on_part, 1, 1, false},
    {"PASS", bighti_ircd_on_pass, 1, 1, true},
    {"PING", bighti_ircd_on_ping, 0, 1, true},
    {"PONG", bighti_ircd_on_pong, 0, 1, true},
    {"PRIVMSG", bighti_ircd_on_talk, 0, 1, false},
    {"QUIT", bighti_ircd_on_quit, 0, 1, true},
    {"TAGMSG", bighti_ircd_on_talk, 0, 1, false},
    {"TIME", bighti_ircd_on_time, 0, 1, false},
    {"TOPIC", bighti_ircd_on_topic, 1, 1, false},
    {"USER", bighti_ircd_on_user, 4, 1, true},
    {"USERHOST", bighti_ircd_on_userhost, 1, 1, false},
    {"VERSION", bighti_ircd_on_version, 0, 2, false},
    {"WHO", bighti_ircd_on_who, 0, 3, false},
    {"WHOIS", bighti_ircd_on_whois, 1, 2, false},
    {"WHOWAS", bighti_ircd_on_whowas, 1, 2, false},
};

static int server_dispatch_compare(const void *name, const void *entry)
{
    return strcmp(name, ((const command *)entry)->name);
}

static const command *find(char *name)
{
    for (char *letter = name; *letter != '\0'; letter++)
        *letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 32 : *letter);
    return bsearch(name, commands, sizeof(commands) / sizeof(*commands), sizeof(*commands),
                   server_dispatch_compare);
}

char *bighti_ircd_next_item(char **list)
{
    char *item;

    while ((item = strsep(list, ",")) != NULL) {
        if (*item != '\0')
            return item;
    }
    return NULL;
}

void bighti_ircd_cut(char *text, size_t most)
{
    if (text != NULL)
        text[bight_irc_text_fit(bight_view_of(text), most)] = '\0';
}

/* So many receivers of an event cost as much as one more command. */
enum { RECEIVERS_A_COMMAND = 100 };

/* A write takes 2 to 8 us. With this much for each, events with many receivers take at most a fifth
 * of the server's time, so that most messages of others meet none of them. */
#define TIME_A_RECEIVER BIGHT_USEC(40)

void bighti_ircd_pay(bighti_ircd_user *user, unsigned cost)
{
    uint64_t now = bight_reactor_now(user->server->reactor);

    if (user->credit < now)
        user->credit = now;
    user->credit += cost * user->server->options.line_interval;
}

/* Events with many receivers take turns: each reserves a piece of the server's time, and its source
 * is not read until that piece is over. So at most one of them is in the way of everybody else,
 * however many users have sent one at once. */
void bighti_ircd_pay_for_event(bighti_ircd_user *user, unsigned receivers)
{
    bight_irc_server *server = user->server;
    uint64_t now = bight_reactor_now(server->reactor);

    if (receivers < RECEIVERS_A_COMMAND || server->options.line_interval == 0)
        return;
    bighti_ircd_pay(user, receivers / RECEIVERS_A_COMMAND);
    if (server->events_end < now)
        server->events_end = now;
    server->events_end += receivers * TIME_A_RECEIVER;
    user->turn = server->events_end;
}

bool bighti_ircd_throttle(bighti_ircd_user *user)
{
    const bight_irc_server_options *options = &user->server->options;
    uint64_t now = bight_reactor_now(user->server->reactor), wait = 0;
    /* Leave room for one more command in the burst. */
    uint64_t allowed = now + (options->burst - 1) * options->line_interval;

    if (user->credit > allowed)
        wait = user->credit - allowed;
    if (user->turn > now && user->turn - now > wait)
        wait = user->turn - now;
    if (wait == 0)
        return false;
    bight_timer_start(user->throttle, wait);
    return true;
}

/* A part of the line as a string: the byte after it is a space, or the line's own end. */
static char *string_of(char *line, bight_view part)
{
    char *string = line + (part.data - (const uint8_t *)line);

    string[part.size] = '\0';
    return string;
}

static void server_dispatch_run(bighti_ircd_user *user, char *line,
                                const bight_irc_message *message)
{
    bighti_ircd_args args = {.count = message->param_count, .tags = message->tags};
    char *name = string_of(line, message->command);
    const command *found = find(name);

    for (size_t i = 0; i < args.count; i++)
        args.words[i] = string_of(line, message->params[i]);
    bighti_ircd_pay(user, found != NULL ? found->cost : 1);
    if (user->phase == PHASE_REGISTERING && (found == NULL || !found->before_registering)) {
        bighti_ircd_reply(user, ERR_NOTREGISTERED, "You have not registered", NULL);
    } else if (found == NULL) {
        bighti_ircd_reply(user, ERR_UNKNOWNCOMMAND, "Unknown command", name, NULL);
    } else if (args.count < found->least || (found->least > 0 && *args.words[0] == '\0')) {
        bighti_ircd_reply(user, ERR_NEEDMOREPARAMS, "Not enough parameters", found->name, NULL);
    } else {
        args.command = found->name;
        found->handler(user, &args);
    }
}

void bighti_ircd_dispatch(bighti_ircd_user *user, const uint8_t *line, size_t size)
{
    char copy[BIGHT_IRC_MAX_CLIENT_TAGS + BIGHT_IRC_MAX_BODY];
    bight_irc_message message;
    size_t tags;

    if (size >= sizeof(copy))
        return;
    user->server->commands++;
    memcpy(copy, line, size);
    if (bight_irc_message_parse((const uint8_t *)copy, size, &message) != BIGHT_OK) {
        /* RFC 1459 says to ignore empty lines; invalid lines are ignored too. */
        bighti_ircd_pay(user, 1);
        return;
    }
    tags = message.tags.data != NULL ? message.tags.size + 2 : 0;
    if (tags > BIGHT_IRC_MAX_CLIENT_TAGS || size - tags > BIGHT_IRC_MAX_BODY - 2) {
        bighti_ircd_pay(user, 1);
        bighti_ircd_reply(user, ERR_INPUTTOOLONG, "Input line was too long", NULL);
        return;
    }
    server_dispatch_run(user, copy, &message);
}
