/* Runs what a person types. Each command is a row of a table: its names, its arguments, its
 * description and its function. /help is made from the same rows. */
#include "client_entry.h"

#include "client_private.h"
#include <bight/irc_entry.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nicks that one MODE may change if the server does not send MODES (RFC 2812 3.2.3). */
enum { MODES_AT_ONCE = 3 };
enum { MODES_MOST = 12 };

/* An entry that is being run. Words are removed from the front of `rest`. */
typedef struct typed_entry {
    bight_irc_client *client;
    const char *where;
    char *rest;
    bight_irc_entry_result *result;
} typed_entry;

typedef struct entry_command {
    const char *names; /* "join j": the first name is the one that is shown */
    const char *usage;
    const char *help;
    bight_status (*run)(typed_entry *entry);
} entry_command;

static void set_result(bight_irc_entry_result *result, bight_irc_entry_todo todo,
                       const char *format, ...) BIGHT_PRINTF(3, 4);

static void set_result(bight_irc_entry_result *result, bight_irc_entry_todo todo,
                       const char *format, ...)
{
    va_list list;
    int length;

    result->todo = todo;
    va_start(list, format);
    length = vsnprintf(result->text, sizeof(result->text), format, list);
    va_end(list);
    if (length >= (int)sizeof(result->text)) /* do not leave half a character at the end */
        result->text[bight_irc_text_fit(bight_view_of(result->text), sizeof(result->text) - 4)] = 0;
}

/* Remove and return the next word, "" if there is none. */
static char *client_entry_take_word(typed_entry *entry)
{
    char *word = entry->rest + strspn(entry->rest, " ");

    entry->rest = word + strcspn(word, " ");
    if (*entry->rest != '\0')
        *entry->rest++ = '\0';
    entry->rest += strspn(entry->rest, " ");
    return word;
}

static bool next_is_channel(const typed_entry *entry)
{
    return bight_irc_client_is_channel(entry->client, entry->rest + strspn(entry->rest, " "));
}

/* The channel of a command: the next word, or the channel that is shown. */
static const char *take_channel(typed_entry *entry)
{
    if (next_is_channel(entry))
        return client_entry_take_word(entry);
    return bight_irc_client_is_channel(entry->client, entry->where) ? entry->where : "";
}

static const char *rest_or_null(const typed_entry *entry)
{
    return entry->rest[0] != '\0' ? entry->rest : NULL;
}

static bight_status client_entry_fail(typed_entry *entry, bight_status status, const char *text)
{
    set_result(entry->result, BIGHT_IRC_ENTRY_FAILED, "%s", text);
    return status;
}

/* Send to the conversation; explain to the user if it accepts no messages. */
static bight_status say_here(typed_entry *entry,
                             bight_status (*say)(bight_irc_client *, const char *, const char *))
{
    if (entry->where[0] == '\0')
        return client_entry_fail(
            entry, BIGHT_ERROR_STATE,
            "Nobody would hear that here: join a channel first, with /join #channel.");
    if (bight_irc_client_is_channel(entry->client, entry->where) &&
        bight_irc_client_get_state(entry->client) == BIGHT_IRC_READY &&
        !bight_irc_client_find_channel(entry->client, entry->where)) {
        set_result(entry->result, BIGHT_IRC_ENTRY_FAILED,
                   "You are not in %s. /join %s takes you there.", entry->where, entry->where);
        return BIGHT_ERROR_STATE;
    }
    return say(entry->client, entry->where, entry->rest);
}

static bight_status client_entry_run_say(typed_entry *entry)
{
    return say_here(entry, bight_irc_client_say);
}

static bight_status run_me(typed_entry *entry)
{
    return say_here(entry, bight_irc_client_act);
}

static bight_status join_one(typed_entry *entry, const char *channel, const char *key)
{
    char name[BIGHTI_IRCC_NAME_MAX + 2];
    const char *types = entry->client->features.channel_types;
    char type = types[0] != '\0' ? types[0] : '#';

    if (channel[0] == '\0' || strlen(channel) > BIGHTI_IRCC_NAME_MAX)
        return BIGHT_ERROR_INVALID;
    if (bight_irc_client_is_channel(entry->client, channel))
        return bight_irc_client_join(entry->client, channel, key);
    snprintf(name, sizeof(name), "%c%s", type, channel);
    return bight_irc_client_join(entry->client, name, key);
}

static bight_status run_join(typed_entry *entry)
{
    char *channels = client_entry_take_word(entry);
    char *keys = client_entry_take_word(entry);
    char *channel;
    bight_status status = BIGHT_OK;

    while (status == BIGHT_OK && (channel = strsep(&channels, ",")) != NULL)
        status = join_one(entry, channel, keys ? strsep(&keys, ",") : NULL);
    return status;
}

/* Explain a text that does not fit into one line; others may be refused for other reasons. */
static bight_status explain_room(typed_entry *entry, bight_status status, size_t room)
{
    size_t size = strlen(entry->rest);

    if (status == BIGHT_ERROR_INVALID && strpbrk(entry->rest, "\r\n") != NULL)
        return client_entry_fail(entry, status, "This text must be one line.");
    if (status == BIGHT_ERROR_LIMIT && size > room)
        set_result(entry->result, BIGHT_IRC_ENTRY_FAILED,
                   "This text is too long: the server accepts %zu bytes here, and it has %zu.",
                   room, size);
    return status;
}

static bight_status run_part(typed_entry *entry)
{
    const char *channel = take_channel(entry);
    size_t room = bighti_ircc_text_room(entry->client, "PART", channel, "");
    bight_status status = bight_irc_client_part(entry->client, channel, rest_or_null(entry));

    return explain_room(entry, status, room);
}

static bight_status run_msg(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);

    return bight_irc_client_say(entry->client, who, entry->rest);
}

static bight_status run_notice(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);

    return bight_irc_client_notice(entry->client, who, entry->rest);
}

static bight_status run_query(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);
    bight_status status = BIGHT_OK;

    if (!bighti_ircc_is_name(who))
        return BIGHT_ERROR_INVALID;
    if (entry->rest[0] != '\0')
        status = bight_irc_client_say(entry->client, who, entry->rest);
    if (status == BIGHT_OK)
        set_result(entry->result, BIGHT_IRC_ENTRY_OPEN, "%s", who);
    return status;
}

static bight_status run_nick(typed_entry *entry)
{
    return bight_irc_client_nick(entry->client, client_entry_take_word(entry));
}

static bight_status client_entry_show_topic(typed_entry *entry, const char *name)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(entry->client, name);

    if (channel == NULL)
        return BIGHT_ERROR_INVALID;
    if (bight_irc_channel_get_topic(channel)[0] == '\0')
        set_result(entry->result, BIGHT_IRC_ENTRY_SHOW, "%s has no topic.", name);
    else
        set_result(entry->result, BIGHT_IRC_ENTRY_SHOW, "The topic of %s is: %s", name,
                   bight_irc_channel_get_topic(channel));
    return BIGHT_OK;
}

static bight_status run_topic(typed_entry *entry)
{
    const char *channel = take_channel(entry);
    bight_status status;

    if (entry->rest[0] == '\0')
        return client_entry_show_topic(entry, channel);
    status = bight_irc_client_topic(entry->client, channel,
                                    strcmp(entry->rest, "-") == 0 ? "" : entry->rest);
    return explain_room(entry, status, bighti_ircc_text_room(entry->client, "TOPIC", channel, ""));
}

static bight_status run_kick(typed_entry *entry)
{
    const char *channel = take_channel(entry);
    const char *who = client_entry_take_word(entry);
    size_t room = bighti_ircc_text_room(entry->client, "KICK", channel, who);
    bight_status status = bight_irc_client_kick(entry->client, channel, who, rest_or_null(entry));

    return explain_room(entry, status, room);
}

static bight_status run_invite(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);

    return bight_irc_client_invite(entry->client, who, take_channel(entry));
}

static bight_status run_mode(typed_entry *entry)
{
    const char *nick = bight_irc_client_get_nick(entry->client);
    const char *target = entry->where;
    bight_irc_channel *channel;

    if (entry->rest[0] != '\0' && !strchr("+-", entry->rest[0]))
        target = client_entry_take_word(entry);
    else if (!bight_irc_client_is_channel(entry->client, target))
        target = nick;
    channel = bight_irc_client_find_channel(entry->client, target);
    if (entry->rest[0] != '\0' || channel == NULL ||
        bight_irc_channel_get_modes(channel)[0] == '\0')
        return bight_irc_client_mode(entry->client, target, entry->rest);
    set_result(entry->result, BIGHT_IRC_ENTRY_SHOW, "The modes of %s are %s", target,
               bight_irc_channel_get_modes(channel));
    return BIGHT_OK;
}

static unsigned modes_at_once(const bight_irc_client *client)
{
    const char *text = bight_irc_client_get_feature(client, "MODES");
    unsigned long count = text != NULL ? strtoul(text, NULL, 10) : MODES_AT_ONCE;

    if (count == 0)
        count = MODES_AT_ONCE;
    return count > MODES_MOST ? MODES_MOST : (unsigned)count;
}

/* Send "+ooo a b c" for the next nicks. */
static bight_status set_some_ranks(typed_entry *entry, const char *channel, char sign, char letter)
{
    unsigned most = modes_at_once(entry->client);
    char letters[MODES_MOST + 1] = "";
    char nicks[MODES_MOST * (BIGHTI_IRCC_NAME_MAX + 1) + 1];
    char modes[sizeof(letters) + sizeof(nicks)];
    size_t used = 0;

    for (unsigned i = 0; i < most && entry->rest[0] != '\0'; i++) {
        const char *nick = client_entry_take_word(entry);

        if (!bighti_ircc_is_name(nick))
            return BIGHT_ERROR_INVALID;
        letters[i] = letter;
        used += (size_t)snprintf(nicks + used, sizeof(nicks) - used, " %s", nick);
    }
    snprintf(modes, sizeof(modes), "%c%s%s", sign, letters, nicks);
    return bight_irc_client_mode(entry->client, channel, modes);
}

/* Change a rank for all named nicks, as many at once as the server accepts. */
static bight_status set_ranks(typed_entry *entry, char sign, char letter)
{
    const char *channel = take_channel(entry);
    bight_status status = entry->rest[0] == '\0' ? BIGHT_ERROR_INVALID : BIGHT_OK;

    while (status == BIGHT_OK && entry->rest[0] != '\0')
        status = set_some_ranks(entry, channel, sign, letter);
    return status;
}

static bight_status run_op(typed_entry *entry)
{
    return set_ranks(entry, '+', 'o');
}

static bight_status run_deop(typed_entry *entry)
{
    return set_ranks(entry, '-', 'o');
}

static bight_status run_voice(typed_entry *entry)
{
    return set_ranks(entry, '+', 'v');
}

static bight_status run_devoice(typed_entry *entry)
{
    return set_ranks(entry, '-', 'v');
}

static bight_status run_away(typed_entry *entry)
{
    bight_status status =
        bight_irc_client_away(entry->client, entry->rest[0] != '\0' ? entry->rest : "away");

    return explain_room(entry, status, bighti_ircc_text_room(entry->client, "AWAY", "", ""));
}

static bight_status run_back(typed_entry *entry)
{
    return bight_irc_client_away(entry->client, NULL);
}

static bight_status run_whois(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);

    return bight_irc_client_whois(entry->client, who[0] != '\0' ? who : entry->where);
}

static bight_status run_list(typed_entry *entry)
{
    return bight_irc_client_list(entry->client, client_entry_take_word(entry));
}

static bight_status run_names(typed_entry *entry)
{
    const char *channel = take_channel(entry);
    char line[BIGHTI_IRCC_NAME_MAX + sizeof "NAMES "];

    if (!bighti_ircc_is_name(channel))
        return BIGHT_ERROR_INVALID;
    snprintf(line, sizeof(line), "NAMES %s", channel);
    return bight_irc_client_raw(entry->client, line);
}

static bight_status run_ctcp(typed_entry *entry)
{
    const char *who = client_entry_take_word(entry);
    char *request = client_entry_take_word(entry);

    for (char *letter = request; *letter != '\0'; letter++) {
        if (*letter >= 'a' && *letter <= 'z')
            *letter = (char)(*letter - 32);
    }
    return bight_irc_client_ctcp(entry->client, who, request, rest_or_null(entry));
}

static bight_status run_raw(typed_entry *entry)
{
    return bight_irc_client_raw(entry->client, entry->rest);
}

static bight_status run_clear(typed_entry *entry)
{
    set_result(entry->result, BIGHT_IRC_ENTRY_CLEAR, "%s", entry->where);
    return BIGHT_OK;
}

static bight_status run_close(typed_entry *entry)
{
    bight_status status = BIGHT_OK;

    if (bight_irc_client_find_channel(entry->client, entry->where))
        status = bight_irc_client_part(entry->client, entry->where, rest_or_null(entry));
    if (status == BIGHT_OK)
        set_result(entry->result, BIGHT_IRC_ENTRY_CLOSE, "%s", entry->where);
    return status;
}

static bight_status run_quit(typed_entry *entry)
{
    bight_irc_client_quit(entry->client, rest_or_null(entry));
    return BIGHT_OK;
}

static bight_status run_help(typed_entry *entry);

static const entry_command commands[] = {
    {"join j", "#channel [key]", "go into a channel", run_join},
    {"part leave", "[#channel] [reason]", "leave a channel", run_part},
    {"me", "text", "say what you do: \"/me waves\"", run_me},
    {"say", "text", "say something here", client_entry_run_say},
    {"msg m", "who text", "say something to a channel or a person", run_msg},
    {"query q", "who [text]", "open a conversation with a person", run_query},
    {"notice", "who text", "send a notice", run_notice},
    {"nick", "name", "change your nick", run_nick},
    {"topic", "[#channel] [text]", "show or set the topic; \"-\" takes it away", run_topic},
    {"whois", "who", "ask about a person", run_whois},
    {"away", "[text]", "say that you are away", run_away},
    {"back", "", "say that you are back", run_back},
    {"invite", "who [#channel]", "invite a person into a channel", run_invite},
    {"kick", "[#channel] who [reason]", "throw a person out of a channel", run_kick},
    {"mode", "[target] [modes]", "show or change modes", run_mode},
    {"op", "[#channel] who ...", "make operators of a channel", run_op},
    {"deop", "[#channel] who ...", "the opposite of /op", run_deop},
    {"voice", "[#channel] who ...", "give voice in a channel", run_voice},
    {"devoice", "[#channel] who ...", "the opposite of /voice", run_devoice},
    {"list", "[pattern]", "ask for the channels of the server", run_list},
    {"names", "[#channel]", "ask who is in a channel", run_names},
    {"ctcp", "who request [text]", "send a request such as VERSION", run_ctcp},
    {"clear", "", "empty this view", run_clear},
    {"close", "[reason]", "close this conversation", run_close},
    {"raw quote", "line", "send a line of the protocol", run_raw},
    {"quit exit", "[text]", "say goodbye and disconnect", run_quit},
    {"help", "[command]", "explain", run_help},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool has_name(const entry_command *command, const char *name)
{
    const char *names = command->names;
    size_t size = strlen(name);

    while (*names != '\0') {
        size_t length = strcspn(names, " ");

        if (length == size && strncasecmp(names, name, size) == 0)
            return true;
        names += length;
        names += strspn(names, " ");
    }
    return false;
}

static const entry_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (has_name(&commands[i], name))
            return &commands[i];
    }
    return NULL;
}

static int name_length(const entry_command *command)
{
    return (int)strcspn(command->names, " ");
}

const char *bighti_ircc_command_name(size_t i, size_t *size)
{
    if (i >= COMMANDS)
        return NULL;
    *size = (size_t)name_length(&commands[i]);
    return commands[i].names;
}

static void write_usage(const entry_command *command, char *out, size_t capacity)
{
    snprintf(out, capacity, "/%.*s%s%s: %s", name_length(command), command->names,
             command->usage[0] ? " " : "", command->usage, command->help);
}

static bight_status help_all(typed_entry *entry)
{
    char *out = entry->result->text;
    size_t capacity = sizeof(entry->result->text);
    size_t used = 0;

    entry->result->todo = BIGHT_IRC_ENTRY_SHOW;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (i > 0)
            out[used++] = '\n';
        write_usage(&commands[i], out + used, capacity - used);
        used += strlen(out + used);
    }
    return BIGHT_OK;
}

static bight_status run_help(typed_entry *entry)
{
    char line[256];
    const char *name = client_entry_take_word(entry);
    const entry_command *command = find_command(name + (name[0] == '/'));

    if (name[0] == '\0')
        return help_all(entry);
    if (command == NULL)
        return BIGHT_ERROR_INVALID;
    write_usage(command, line, sizeof(line));
    set_result(entry->result, BIGHT_IRC_ENTRY_SHOW, "%s", line);
    return BIGHT_OK;
}

static const char *text_of_state(bight_irc_state state)
{
    switch (state) {
    case BIGHT_IRC_OFFLINE:
        return "You are not connected.";
    case BIGHT_IRC_CLOSING:
        return "The connection is being closed.";
    case BIGHT_IRC_READY:
        return "That is not possible now.";
    default:
        return "The connection is not ready yet.";
    }
}

/* Explain the failure to the user, unless a command already has. */
static void explain(typed_entry *entry, const entry_command *command, bight_status status)
{
    char usage[256] = "There is nothing to say.";

    if (command != NULL)
        write_usage(command, usage, sizeof(usage));
    if (status == BIGHT_ERROR_STATE)
        client_entry_fail(entry, status, text_of_state(bight_irc_client_get_state(entry->client)));
    else if (status == BIGHT_ERROR_INVALID)
        client_entry_fail(entry, status, usage);
    else if (status == BIGHT_ERROR_LIMIT)
        client_entry_fail(entry, status, "That is too much at once: shorten it, or wait a moment.");
    else
        client_entry_fail(entry, status, bight_status_text(status));
}

static bight_status run_command(typed_entry *entry)
{
    const char *name = client_entry_take_word(entry);
    const entry_command *command = find_command(name);
    bight_status status;

    if (command == NULL) {
        set_result(entry->result, BIGHT_IRC_ENTRY_FAILED,
                   "There is no command /%s. /help lists all; to say a text that begins with "
                   "\"/\", type it twice.",
                   name);
        return BIGHT_ERROR_NOT_FOUND;
    }
    status = command->run(entry);
    if (status != BIGHT_OK && entry->result->todo != BIGHT_IRC_ENTRY_FAILED)
        explain(entry, command, status);
    return status;
}

static bight_status run_text(typed_entry *entry)
{
    bight_status status;

    if (entry->rest[0] == '\0')
        return BIGHT_OK;
    status = client_entry_run_say(entry);
    if (status != BIGHT_OK && entry->result->todo != BIGHT_IRC_ENTRY_FAILED)
        explain(entry, NULL, status);
    return status;
}

bight_status bight_irc_entry_run(bight_irc_client *client, const char *where, const char *text,
                                 bight_irc_entry_result *result)
{
    typed_entry entry = {client, where, NULL, result};
    char *copy = bighti_ircc_dup(text);
    bight_status status;

    set_result(result, BIGHT_IRC_ENTRY_NOTHING, "%s", "");
    if (copy == NULL) {
        entry.rest = "";
        explain(&entry, NULL, BIGHT_ERROR_NO_MEMORY);
        return BIGHT_ERROR_NO_MEMORY;
    }
    entry.rest = copy;
    if (copy[0] == '/' && copy[1] != '/') {
        entry.rest++;
        status = run_command(&entry);
    } else {
        entry.rest += copy[0] == '/';
        status = run_text(&entry);
    }
    free(copy);
    return status;
}
