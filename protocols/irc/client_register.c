/* Registration: capabilities, password, nick and user are sent at once; the server's answers
 * decide what follows (RFC 2812 3.1, IRCv3 "Capability Negotiation" 302). A server without
 * capabilities ignores CAP or answers 421, and still completes the registration. */
#include "client_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length that every server accepts for a nick (RFC 2812 1.2.1). */
enum { SAFE_NICK_LENGTH = 9 };
enum { DECORATED_NICKS = 3 };
/* The time after the welcome for RPL_ISUPPORT and the MOTD. The client is ready at the end of the
 * MOTD. */
#define MOTD_TIME BIGHT_SEC(10)

static const struct {
    const char *name;
    unsigned bit;
} capabilities[] = {
    {"message-tags", BIGHTI_IRCC_MESSAGE_TAGS},
    {"server-time", BIGHTI_IRCC_SERVER_TIME},
    {"echo-message", BIGHTI_IRCC_ECHO_MESSAGE},
    {"multi-prefix", BIGHTI_IRCC_MULTI_PREFIX},
    {"userhost-in-names", BIGHTI_IRCC_USERHOST_IN_NAMES},
    {"away-notify", BIGHTI_IRCC_AWAY_NOTIFY},
    {"chghost", BIGHTI_IRCC_CHGHOST},
    {"cap-notify", BIGHTI_IRCC_CAP_NOTIFY},
};

#define CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

/* Remove the first word of a list of capabilities ("a=x -b c"), and return its bit, or 0 if it is
 * not used. `off` is set if it begins with '-'. */
static unsigned next_capability(const char **list, bool *off)
{
    const char *word = *list + strspn(*list, " ");
    size_t size;

    *list = word + strcspn(word, " ");
    *off = *word == '-';
    word += *off;
    size = strcspn(word, " =");
    for (size_t i = 0; i < CAPABILITIES; i++) {
        if (strlen(capabilities[i].name) == size && memcmp(capabilities[i].name, word, size) == 0)
            return capabilities[i].bit;
    }
    return 0;
}

/* Set or, with `remove` or a '-', clear the bits that a list names. */
static void change_set(unsigned *set, const char *list, bool remove)
{
    while (*list != '\0') {
        bool off;
        unsigned bit = next_capability(&list, &off);

        if (off || remove)
            *set &= ~bit;
        else
            *set |= bit;
    }
}

static void end_negotiation(bight_irc_client *client)
{
    if (!client->cap_open)
        return;
    client->cap_open = false;
    bighti_ircc_send_now(client, "CAP", "END", NULL);
}

/* Request all offered capabilities that are not enabled yet. */
static void register_request(bight_irc_client *client)
{
    unsigned missing = client->offered & ~client->capabilities;
    char list[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < CAPABILITIES; i++) {
        if (!(missing & capabilities[i].bit))
            continue;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? " " : "",
                                 capabilities[i].name); /* all of them together fit */
    }
    if (used > 0)
        bighti_ircc_send_now(client, "CAP", "REQ", list, NULL);
    else
        end_negotiation(client);
}

void bighti_ircc_on_cap(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *what = message->params[1];
    bool more = strcmp(message->params[2], "*") == 0 && message->count > 3;
    const char *list = message->params[more ? 3 : 2];

    if (strcasecmp(what, "LS") == 0) {
        change_set(&client->offered, list, false);
        if (!more)
            register_request(client);
    } else if (strcasecmp(what, "NEW") == 0) {
        change_set(&client->offered, list, false);
        register_request(client);
    } else if (strcasecmp(what, "ACK") == 0) {
        change_set(&client->capabilities, list, false);
        end_negotiation(client);
    } else if (strcasecmp(what, "NAK") == 0) {
        change_set(&client->offered, list, true);
        end_negotiation(client);
    } else if (strcasecmp(what, "DEL") == 0) {
        change_set(&client->offered, list, true);
        change_set(&client->capabilities, list, true);
    }
}

bool bight_irc_client_has_capability(const bight_irc_client *client, const char *name)
{
    for (size_t i = 0; i < CAPABILITIES; i++) {
        if (strcmp(capabilities[i].name, name) == 0)
            return (client->capabilities & capabilities[i].bit) != 0;
    }
    return false;
}

/* Make a user name from the letters and digits of a nick. */
static void user_of_nick(const char *nick, char *user, size_t capacity)
{
    size_t used = 0;

    for (; *nick != '\0' && used + 1 < capacity; nick++) {
        if (isascii(*nick) && isalnum(*nick))
            user[used++] = *nick;
    }
    user[used] = '\0';
    if (used == 0)
        snprintf(user, capacity, "bight");
}

void bighti_ircc_register(bight_irc_client *client)
{
    const bight_irc_client_options *options = &client->options;
    char user[SAFE_NICK_LENGTH + 1];

    client->cap_open = true;
    if (!bighti_ircc_set(&client->nick, client->wanted)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    user_of_nick(client->nick, user, sizeof(user));
    bighti_ircc_send_now(client, "CAP", "LS", "302", NULL);
    if (options->password != NULL)
        bighti_ircc_send_now(client, "PASS", options->password, NULL);
    bighti_ircc_send_nick(client);
    bighti_ircc_send_now(client, "USER", options->user != NULL ? options->user : user, "0", "*",
                         options->real_name ? options->real_name : client->wanted, NULL);
}

void bighti_ircc_send_nick(bight_irc_client *client)
{
    client->nick_unsent = false;
    bighti_ircc_send_now(client, "NICK", client->nick, NULL);
}

/* The n-th alternative of the options, if there are that many. */
static bool listed_alternative(const bight_irc_client *client, size_t n, char *nick,
                               size_t capacity)
{
    const char *list = bighti_ircc_text(client->options.alternatives);
    size_t size;

    for (; n > 0 && *list != '\0'; n--) {
        list += strcspn(list, ",");
        list += strspn(list, ", ");
    }
    list += strspn(list, ", ");
    size = strcspn(list, ", ");
    if (size == 0 || size >= capacity)
        return false;
    memcpy(nick, list, size);
    nick[size] = '\0';
    return true;
}

static size_t count_alternatives(const bight_irc_client *client)
{
    char nick[BIGHTI_IRCC_NAME_MAX + 1];
    size_t count = 0;

    while (listed_alternative(client, count, nick, sizeof(nick)))
        count++;
    return count;
}

/* "ada", "ada_", "ada__". If the result exceeds the length that every server accepts, "ada_lovel"
 * becomes "ada_love_", because a longer nick might be rejected, or cut back to the nick that is
 * taken. */
static void decorate(const char *wanted, size_t count, char *nick, size_t capacity)
{
    size_t size = strnlen(wanted, capacity - 1 - DECORATED_NICKS);
    size_t keep = size;

    if (size <= SAFE_NICK_LENGTH && size + count > SAFE_NICK_LENGTH)
        keep = SAFE_NICK_LENGTH - count;
    memcpy(nick, wanted, keep);
    memset(nick + keep, '_', count);
    nick[keep + count] = '\0';
}

static bool register_next_nick(bight_irc_client *client, char *nick, size_t capacity)
{
    size_t listed = count_alternatives(client);
    size_t n = client->tried++;

    if (n < listed)
        return listed_alternative(client, n, nick, capacity);
    if (n >= listed + DECORATED_NICKS)
        return false;
    decorate(client->wanted, n - listed + 1, nick, capacity);
    return true;
}

/* Ask for a nick without a timeout of this side: the server decides how long the user may take. */
static void ask_for_nick(bight_irc_client *client, const bighti_ircc_message *message)
{
    client->asked = true;
    bight_timer_stop(client->deadline);
    BIGHTI_IRCC_TELL(client, nick_needed,
                     (client, client->nick,
                      message->params[message->count ? message->count - 1 : 0], client->data));
}

bool bighti_ircc_nick_refused(bight_irc_client *client, const bighti_ircc_message *message)
{
    char nick[BIGHTI_IRCC_NAME_MAX + 1];
    bool erroneous = message->code == 432 || message->code == 431;

    if (client->welcomed)
        return false;
    if (client->asked || erroneous || !register_next_nick(client, nick, sizeof(nick)))
        ask_for_nick(client, message);
    else if (bighti_ircc_set(&client->nick, nick))
        bighti_ircc_send_nick(client);
    else
        bighti_ircc_out_of_memory(client);
    return true;
}

void bighti_ircc_on_welcome(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *nick = message->params[0];

    if (client->welcomed)
        return;
    client->welcomed = true;
    client->cap_open = client->hopeless = false;
    bight_error_unref(client->why); /* a rejection that turned out not to be final */
    client->why = NULL;
    if ((bighti_ircc_is_name(nick) && !bighti_ircc_set(&client->nick, nick)) ||
        (message->from.is_server && !bighti_ircc_set(&client->server, message->from.nick))) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    if (client->state == BIGHT_IRC_REGISTERING)
        bight_timer_start(client->deadline, MOTD_TIME);
}

void bighti_ircc_ready(bight_irc_client *client)
{
    if (client->state != BIGHT_IRC_REGISTERING)
        return;
    bighti_ircc_retry_stop(client);
    bight_timer_stop(client->deadline);
    if (client->options.ping_interval > 0)
        bight_timer_start(client->silence, client->options.ping_interval);
    bighti_ircc_set_state(client, BIGHT_IRC_READY);
    if (client->state == BIGHT_IRC_READY && !client->freed && !client->ended)
        bighti_ircc_join_wanted(client);
}
