/* MODE. A channel's changes are applied one by one. Those that had an effect are announced in as
 * few lines as possible. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct flag {
    char letter;
    uint32_t bit;
} flags[] = {
    {'i', MODE_INVITE_ONLY}, {'m', MODE_MODERATED},    {'n', MODE_NO_EXTERNAL},
    {'s', MODE_SECRET},      {'t', MODE_TOPIC_BY_OPS},
};

enum { FLAGS = sizeof(flags) / sizeof(*flags), LETTERS = 80, WORDS = 240 };

/* A MODE command that is being processed. */
typedef struct mode_change {
    bighti_ircd_user *user;
    bighti_ircd_channel *channel;
    bool op;      /* may change modes, not only query them */
    bool refused; /* has been told that it may not */
    bool adding;  /* the sign of the current letter */
    bool told_bans;
    const bighti_ircd_args *args;
    size_t next; /* of args: the next parameter */
    int with_parameter;
    char sign; /* the last one in letters, 0 for none */
    size_t letter_count, word_size;
    char letters[LETTERS], words[WORDS]; /* effective changes that are not announced yet */
} mode_change;

static void mode_tell(mode_change *change)
{
    bighti_ircd_event event;
    char *words = change->words, *word;

    if (change->letter_count == 0)
        return;
    change->letters[change->letter_count] = '\0';
    change->words[change->word_size] = '\0';
    bighti_ircd_event_begin(&event, change->user, "MODE");
    bighti_ircd_line_word(&event.line, change->channel->name);
    bighti_ircd_line_word(&event.line, change->letters);
    while (change->word_size > 0 && (word = strsep(&words, " ")) != NULL)
        bighti_ircd_line_word(&event.line, word);
    bighti_ircd_event_to_channel(&event, change->channel, NULL, 0, 0);
    bighti_ircd_event_end(&event);
    change->letter_count = change->word_size = 0;
    change->sign = 0;
}

static void took_effect(mode_change *change, char letter, const char *word)
{
    size_t size = word != NULL ? strlen(word) : 0;
    char sign = change->adding ? '+' : '-';

    if (change->letter_count + 3 > LETTERS || change->word_size + size + 2 > WORDS)
        mode_tell(change);
    if (change->sign != sign)
        change->letters[change->letter_count++] = change->sign = sign;
    change->letters[change->letter_count++] = letter;
    if (word == NULL)
        return;
    if (change->word_size > 0)
        change->words[change->word_size++] = ' ';
    memcpy(change->words + change->word_size, word, size);
    change->word_size += size;
}

/* The next parameter, or NULL if there is none or too many were used. */
static const char *parameter(mode_change *change)
{
    const char *word;

    if (change->next >= change->args->count || change->with_parameter >= BIGHTI_IRCD_MODES)
        return NULL;
    change->with_parameter++;
    word = change->args->words[change->next++];
    return *word != '\0' ? word : NULL;
}

static bool may_change(mode_change *change)
{
    if (!change->op && !change->refused) {
        change->refused = true;
        bighti_ircd_reply(change->user, ERR_CHANOPRIVSNEEDED, "You're not channel operator",
                          change->channel->name, NULL);
    }
    return change->op;
}

static void change_flag(mode_change *change, const struct flag *flag)
{
    uint32_t modes = change->channel->modes;
    uint32_t wanted = change->adding ? modes | flag->bit : modes & ~flag->bit;

    if (!may_change(change) || wanted == modes)
        return;
    change->channel->modes = wanted;
    took_effect(change, flag->letter, NULL);
}

static void change_rank(mode_change *change, char letter)
{
    uint32_t bit = letter == 'o' ? MEMBER_OP : MEMBER_VOICE;
    const char *nick = parameter(change);
    bighti_ircd_user *target;
    bighti_ircd_member *member;
    uint32_t wanted;

    if (nick == NULL || !may_change(change))
        return;
    target = bighti_ircd_user_find(change->user->server, nick);
    member = target != NULL ? bighti_ircd_member_find(change->channel, target) : NULL;
    if (target == NULL) {
        bighti_ircd_reply(change->user, ERR_NOSUCHNICK, "No such nick/channel", nick, NULL);
    } else if (member == NULL) {
        bighti_ircd_reply(change->user, ERR_USERNOTINCHANNEL, "They aren't on that channel",
                          target->nick, change->channel->name, NULL);
    } else {
        wanted = change->adding ? member->rank | bit : member->rank & ~bit;
        if (wanted == member->rank)
            return;
        member->rank = wanted;
        took_effect(change, letter, target->nick);
    }
}

static bool mode_is_key(const char *key)
{
    return key[strcspn(key, " ,:")] == '\0' && *key != '\0' && strlen(key) <= BIGHTI_IRCD_KEY;
}

static void change_key(mode_change *change)
{
    bighti_ircd_channel *channel = change->channel;
    const char *key = parameter(change);
    char old[BIGHTI_IRCD_KEY + 1];

    if (!may_change(change))
        return;
    if (!change->adding) {
        /* Any parameter, or none, removes the key; the announcement shows the key, as clients
         * expect. */
        if (channel->key[0] == '\0')
            return;
        snprintf(old, sizeof(old), "%s", channel->key);
        channel->key[0] = '\0';
        took_effect(change, 'k', old);
    } else if (key == NULL || !mode_is_key(key)) {
        /* A key is not repeated, since it may be nearly that of another channel. */
        bighti_ircd_reply(change->user, ERR_INVALIDMODEPARAM, "Not a key", channel->name, "k", "*",
                          NULL);
    } else if (strcmp(channel->key, key) != 0) {
        snprintf(channel->key, sizeof(channel->key), "%s", key);
        took_effect(change, 'k', key);
    }
}

static void change_limit(mode_change *change)
{
    bighti_ircd_channel *channel = change->channel;
    const char *word = change->adding ? parameter(change) : NULL;
    unsigned long limit = word != NULL ? strtoul(word, NULL, 10) : 0;
    char text[24];

    if (!may_change(change))
        return;
    if (!change->adding) {
        if (channel->limit != 0)
            took_effect(change, 'l', NULL);
        channel->limit = 0;
    } else if (limit == 0 || limit > INT32_MAX || *word == '-') {
        bighti_ircd_reply(change->user, ERR_INVALIDMODEPARAM, "Not a limit", channel->name, "l",
                          word != NULL ? word : "*", NULL);
    } else if (limit != channel->limit) {
        channel->limit = (uint32_t)limit;
        snprintf(text, sizeof(text), "%lu", limit);
        took_effect(change, 'l', text);
    }
}

static void list_bans(mode_change *change)
{
    const bighti_ircd_channel *channel = change->channel;
    bighti_link *link;

    if (change->told_bans)
        return;
    change->told_bans = true;
    for (link = channel->bans.next; link != &channel->bans; link = link->next) {
        const bighti_ircd_ban *ban = BIGHTI_CONTAINER(link, bighti_ircd_ban, link);
        char when[24];

        snprintf(when, sizeof(when), "%llu", (unsigned long long)(ban->set_at / BIGHT_SEC(1)));
        bighti_ircd_reply(change->user, RPL_BANLIST, NULL, channel->name, ban->mask, ban->setter,
                          when, NULL);
    }
    bighti_ircd_reply(change->user, RPL_ENDOFBANLIST, "End of channel ban list", channel->name,
                      NULL);
}

/* A host that is an address is written as users of that address are shown, so that it matches them
 * however it was typed. */
static void mask_settle_host(char *mask)
{
    char *host = strrchr(mask, '@');
    char shown[BIGHTI_IRCD_HOST + 1];
    bight_address address;

    if (host == NULL || bight_address_parse(host + 1, &address) != BIGHT_OK ||
        bight_address_get_family(&address) == BIGHT_ADDRESS_UNIX ||
        bight_address_get_port(&address) != 0)
        return;
    bighti_ircd_show_host(&address, shown);
    snprintf(host + 1, BIGHTI_IRCD_MASK - (size_t)(host - mask), "%s", shown);
}

/* "nick" means "nick!*@*", "user@host" "*!user@host" and so on. A nick has neither dots nor colons,
 * so a word with them is a host.
 * @return  false if it is too long for a mask */
static bool complete_mask(const char *given, char *mask)
{
    const char *bang = strchr(given, '!');
    const char *at = strchr(bang != NULL ? bang : given, '@');
    bool is_host = bang == NULL && at == NULL && strpbrk(given, ".:") != NULL;
    int size;

    if (is_host)
        size = snprintf(mask, BIGHTI_IRCD_MASK + 1, "*!*@%s", given);
    else if (bang == NULL && at == NULL)
        size = snprintf(mask, BIGHTI_IRCD_MASK + 1, "%s!*@*", given);
    else if (bang == NULL)
        size = snprintf(mask, BIGHTI_IRCD_MASK + 1, "*!%s", given);
    else
        size = snprintf(mask, BIGHTI_IRCD_MASK + 1, at != NULL ? "%s" : "%s@*", given);
    if (size > BIGHTI_IRCD_MASK || *given == ':' || strchr(given, ' ') != NULL)
        return false;
    mask_settle_host(mask);
    return true;
}

static void change_ban(mode_change *change)
{
    bight_irc_server *server = change->user->server;
    bighti_ircd_channel *channel = change->channel;
    const char *given = parameter(change);
    char mask[BIGHTI_IRCD_MASK + 1];

    if (given == NULL) {
        list_bans(change);
        return;
    }
    if (!may_change(change))
        return;
    if (!complete_mask(given, mask)) {
        bighti_ircd_reply(change->user, ERR_INVALIDMODEPARAM, "Not a mask", channel->name, "b",
                          given, NULL);
    } else if (!change->adding) {
        if (bighti_ircd_ban_remove(server, channel, mask))
            took_effect(change, 'b', mask);
    } else if (channel->ban_count >= server->options.max_list) {
        bighti_ircd_reply(change->user, ERR_BANLISTFULL, "Channel ban list is full", channel->name,
                          mask, NULL);
    } else if (bighti_ircd_ban_add(server, channel, mask, change->user->nick)) {
        took_effect(change, 'b', mask);
    }
}

static void change_one(mode_change *change, char letter)
{
    char text[2] = {letter, '\0'};

    switch (letter) {
    case 'b':
        change_ban(change);
        return;
    case 'k':
        change_key(change);
        return;
    case 'l':
        change_limit(change);
        return;
    case 'o':
    case 'v':
        change_rank(change, letter);
        return;
    default:
        break;
    }
    for (size_t i = 0; i < FLAGS; i++) {
        if (flags[i].letter == letter) {
            change_flag(change, &flags[i]);
            return;
        }
    }
    bighti_ircd_reply(change->user, ERR_UNKNOWNMODE, "is unknown mode char to me", text, NULL);
}

static void show_modes(bighti_ircd_user *user, const bighti_ircd_channel *channel)
{
    bool inside = bighti_ircd_member_find(channel, user) != NULL;
    char letters[FLAGS + 4] = "+", limit[24] = "", when[24];
    size_t size = 1;
    bighti_ircd_line line;

    for (size_t i = 0; i < FLAGS; i++) {
        if ((channel->modes & flags[i].bit) != 0)
            letters[size++] = flags[i].letter;
    }
    if (channel->key[0] != '\0')
        letters[size++] = 'k';
    if (channel->limit > 0)
        letters[size++] = 'l';
    letters[size] = '\0';
    snprintf(limit, sizeof(limit), "%u", channel->limit);
    snprintf(when, sizeof(when), "%llu", (unsigned long long)(channel->created / BIGHT_SEC(1)));
    bighti_ircd_reply_begin(&line, user, RPL_CHANNELMODEIS);
    bighti_ircd_line_word(&line, channel->name);
    bighti_ircd_line_word(&line, letters);
    if (channel->key[0] != '\0')
        bighti_ircd_line_word(&line, inside ? channel->key : "*");
    if (channel->limit > 0)
        bighti_ircd_line_word(&line, limit);
    bighti_ircd_send(user, &line);
    bighti_ircd_reply(user, RPL_CREATIONTIME, NULL, channel->name, when, NULL);
}

static void channel_mode(bighti_ircd_user *user, bighti_ircd_channel *channel,
                         const bighti_ircd_args *args)
{
    const bighti_ircd_member *member = bighti_ircd_member_find(channel, user);
    mode_change change = {
        .user = user, .channel = channel, .adding = true, .args = args, .next = 2};

    if (member == NULL && (channel->modes & MODE_SECRET) != 0) {
        bighti_ircd_reply(user, ERR_NOTONCHANNEL, "You're not on that channel", channel->name,
                          NULL);
        return;
    }
    if (args->words[1] == NULL || *args->words[1] == '\0') {
        show_modes(user, channel);
        return;
    }
    change.op = member != NULL && (member->rank & MEMBER_OP) != 0;
    for (const char *letter = args->words[1]; *letter != '\0'; letter++) {
        if (*letter == '+' || *letter == '-')
            change.adding = *letter == '+';
        else
            change_one(&change, *letter);
    }
    mode_tell(&change);
}

static void user_mode(bighti_ircd_user *user, const char *letters)
{
    bool was = user->invisible, adding = true;
    bool unknown = false;
    bighti_ircd_line line;

    if (letters == NULL) {
        bighti_ircd_reply(user, RPL_UMODEIS, NULL, user->invisible ? "+i" : "+", NULL);
        return;
    }
    for (; *letters != '\0'; letters++) {
        if (*letters == '+' || *letters == '-')
            adding = *letters == '+';
        else if (*letters == 'i')
            user->invisible = adding;
        else
            unknown = true;
    }
    if (unknown)
        bighti_ircd_reply(user, ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag", NULL);
    if (was == user->invisible)
        return;
    bighti_ircd_line_begin(&line, user->nick, "MODE");
    bighti_ircd_line_word(&line, user->nick);
    bighti_ircd_line_text(&line, user->invisible ? "+i" : "-i");
    bighti_ircd_send(user, &line);
}

void bighti_ircd_on_mode(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *target = args->words[0];
    bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, target);
    const bighti_ircd_user *other = bighti_ircd_user_find(user->server, target);

    if (channel != NULL)
        channel_mode(user, channel, args);
    else if (strchr(BIGHTI_IRCD_CHANTYPES, *target) != NULL)
        bighti_ircd_reply(user, ERR_NOSUCHCHANNEL, "No such channel", target, NULL);
    else if (other == user)
        user_mode(user, args->words[1]);
    else if (other == NULL)
        bighti_ircd_reply(user, ERR_NOSUCHNICK, "No such nick/channel", target, NULL);
    else
        bighti_ircd_reply(user, ERR_USERSDONTMATCH, "Cannot change mode for other users", NULL);
}
