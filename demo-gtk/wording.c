#include "wording.h"

#include <glib.h>
#include <string.h>

/* "text" or "text: reason". Takes the text. */
static char *with_reason(char *text, const char *reason)
{
    char *both;

    if (reason[0] == '\0')
        return text;
    both = g_strdup_printf("%s: %s", text, reason);
    g_free(text);
    return both;
}

static const char *name_of(const bight_irc_source *who)
{
    return who->is_self ? "You" : who->nick;
}

char *chat_wording_of_member(const bight_irc_client *client, const bight_irc_member_change *change)
{
    const char *nick = bight_irc_member_get_nick(change->member);
    gboolean is_self = bight_irc_client_same_name(client, nick, bight_irc_client_get_nick(client));
    const char *who = is_self ? "You" : nick;

    switch (change->what) {
    case BIGHT_IRC_JOINED: /* channel_joined reports this client's own join */
        return is_self ? NULL : g_strdup_printf("%s joined", nick);
    case BIGHT_IRC_PARTED:
        return with_reason(g_strdup_printf("%s left", who), change->text);
    case BIGHT_IRC_QUIT:
        return with_reason(g_strdup_printf("%s quit", who), change->text);
    case BIGHT_IRC_KICKED:
        return with_reason(g_strdup_printf("%s was kicked by %s", who, name_of(&change->by)),
                           change->text);
    case BIGHT_IRC_RENAMED:
        return is_self ? g_strdup_printf("You are now known as %s", nick)
                       : g_strdup_printf("%s is now known as %s", change->old_nick, nick);
    default: /* ranks are reported with the modes, the rest is visible in the list */
        return NULL;
    }
}

char *chat_wording_of_departure(const bight_irc_departure *why)
{
    switch (why->what) {
    case BIGHT_IRC_PARTED:
        return with_reason(g_strdup("You left"), why->text);
    case BIGHT_IRC_KICKED:
        return with_reason(g_strdup_printf("You were kicked by %s", name_of(&why->by)), why->text);
    default:
        return with_reason(g_strdup("Disconnected"), why->text);
    }
}

char *chat_wording_of_topic(const bight_irc_source *by, const char *topic)
{
    if (!by)
        return topic[0] != '\0' ? g_strdup_printf("The topic is: %s", topic) : NULL;
    if (topic[0] == '\0')
        return g_strdup_printf("%s removed the topic", name_of(by));
    return g_strdup_printf("%s changed the topic to: %s", name_of(by), topic);
}

char *chat_wording_of_modes(const bight_irc_source *by, const char *modes)
{
    return g_strdup_printf("%s set mode %s", name_of(by), modes);
}

char *chat_wording_of_nick(const bight_irc_source *who, const char *nick)
{
    return who->is_self ? g_strdup_printf("You are now known as %s", nick)
                        : g_strdup_printf("%s is now known as %s", who->nick, nick);
}

static void add_fact(GString *text, const char *nick, const char *what, const char *value)
{
    if (value[0] != '\0')
        g_string_append_printf(text, "\n%s %s %s", nick, what, value);
}

/* "2 days", "3 hours", "1 minute" */
static char *duration(int64_t seconds)
{
    static const struct unit {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    const struct unit *unit = units;

    while (unit->seconds > 1 && seconds < unit->seconds)
        unit++;
    seconds /= unit->seconds;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", (gint64)seconds, unit->name,
                           seconds == 1 ? "" : "s");
}

char *chat_wording_of_whois(const bight_irc_whois *whois)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s is %s@%s (%s)", whois->nick, whois->user, whois->host,
                           whois->real_name);
    add_fact(text, whois->nick, "is in", whois->channels);
    add_fact(text, whois->nick, "is logged in as", whois->account);
    add_fact(text, whois->nick, "is away:", whois->away);
    add_fact(text, whois->nick, "is connected to", whois->server);
    if (whois->idle >= 0) {
        g_autofree char *idle = duration(whois->idle);

        add_fact(text, whois->nick, "has said nothing for", idle);
    }
    if (whois->is_operator)
        add_fact(text, whois->nick, "is", "an operator of the network");
    if (whois->is_secure)
        add_fact(text, whois->nick, "is connected", "securely");
    return g_string_free(text, FALSE);
}

/* "connect to ...: refused" as the beginning of a sentence. */
static char *capital(const char *text)
{
    gunichar first = g_unichar_totitle(g_utf8_get_char(text));
    char letter[7] = "";

    g_unichar_to_utf8(first, letter);
    return text[0] != '\0' ? g_strconcat(letter, g_utf8_next_char(text), NULL) : g_strdup("");
}

char *chat_wording_of_state(bight_irc_state state, const char *server, const char *reason)
{
    g_autofree char *why = capital(reason ? reason : "the connection was lost");

    switch (state) {
    case BIGHT_IRC_CONNECTING:
    case BIGHT_IRC_REGISTERING:
        return g_strdup_printf("Connecting to %s …", server);
    case BIGHT_IRC_WAITING:
        return g_strdup_printf("%s. Trying again …", why);
    case BIGHT_IRC_CLOSING:
        return g_strdup("Disconnecting …");
    case BIGHT_IRC_OFFLINE:
        return g_strdup(reason ? why : "You are not connected");
    default:
        return NULL;
    }
}
