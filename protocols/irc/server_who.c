/* Queries about users: WHO, WHOIS, WHOWAS, USERHOST, ISON. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MASK_COST = 4, LONGEST_MASK = 64 };

/* Whether a query that does not name a user may show it. */
static bool may_see(const bighti_ircd_user *user, const bighti_ircd_user *other)
{
    return user == other || !other->invisible || bighti_ircd_users_meet(user, other);
}

static void who_one(bighti_ircd_user *to, const bighti_ircd_user *user,
                    const bighti_ircd_member *member)
{
    const char *server = to->server->name;
    char flags[8], real_name[BIGHTI_IRCD_REALNAME + 4];
    bool all = (to->caps & CAP_MULTI_PREFIX) != 0;

    snprintf(flags, sizeof(flags), "%c%s", user->away != NULL ? 'G' : 'H',
             member != NULL ? bighti_ircd_member_prefix(member, all) : "");
    snprintf(real_name, sizeof(real_name), "0 %s", user->real_name);
    bighti_ircd_reply(to, RPL_WHOREPLY, real_name, member != NULL ? member->channel->name : "*",
                      user->user, user->host, server, user->nick, flags, NULL);
}

/* An answer must not fill the queue of the user who asked. @return whether there is room for
 * more */
static bool who_has_room(bighti_ircd_user *to)
{
    return to->transport != NULL &&
           bight_transport_get_pending(to->transport) < to->server->options.send_queue / 2;
}

static void too_many(bighti_ircd_user *to, const char *mask)
{
    bighti_ircd_reply(to, ERR_TOOMANYMATCHES, "Too many matches, use a narrower mask", "WHO", mask,
                      NULL);
}

static void who_channel(bighti_ircd_user *to, const bighti_ircd_channel *channel)
{
    bool inside = bighti_ircd_member_find(channel, to) != NULL;
    bighti_link *link;

    if (!inside && (channel->modes & MODE_SECRET) != 0)
        return;
    for (link = channel->members.next; link != &channel->members; link = link->next) {
        const bighti_ircd_member *member = BIGHTI_CONTAINER(link, bighti_ircd_member, in_channel);

        if (!inside && member->user->invisible)
            continue;
        if (!who_has_room(to)) {
            too_many(to, channel->name);
            return;
        }
        who_one(to, member->user, member);
    }
}

static bool who_matches(const bighti_ircd_user *user, bight_view mask)
{
    bight_irc_case mapping = user->server->options.case_mapping;

    return bight_irc_mask_matches(mapping, mask, bight_view_of(user->nick)) ||
           bight_irc_mask_matches(mapping, mask, bight_view_of(user->user)) ||
           bight_irc_mask_matches(mapping, mask, bight_view_of(user->host)) ||
           bight_irc_mask_matches(mapping, mask, bight_view_of(user->real_name));
}

/* Examines all users; the command's cost does not include this yet. */
static void who_mask(bighti_ircd_user *to, const char *mask)
{
    bight_irc_server *server = to->server;
    bight_view view = bight_view_of(strcmp(mask, "0") == 0 ? "*" : mask);
    bighti_link *link;

    bighti_ircd_pay(to, MASK_COST);
    view.size = view.size < LONGEST_MASK ? view.size : LONGEST_MASK;
    for (link = server->connections.next; link != &server->connections; link = link->next) {
        const bighti_ircd_user *user = BIGHTI_CONTAINER(link, bighti_ircd_user, link);

        if (user->phase != PHASE_REGISTERED || !may_see(to, user) || !who_matches(user, view))
            continue;
        if (!who_has_room(to)) {
            too_many(to, mask);
            return;
        }
        who_one(to, user, NULL);
    }
}

void bighti_ircd_on_who(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *mask = args->words[0] != NULL && *args->words[0] != '\0' ? args->words[0] : "*";
    const bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, mask);
    const bighti_ircd_user *target = bighti_ircd_user_find(user->server, mask);

    /* "WHO mask o" asks for operators of the server; there are none. */
    if (args->words[1] != NULL && strcmp(args->words[1], "o") == 0)
        channel = NULL, target = NULL;
    else if (channel != NULL)
        who_channel(user, channel);
    else if (target != NULL)
        who_one(user, target, NULL);
    else if (strchr(BIGHTI_IRCD_CHANTYPES, *mask) == NULL)
        who_mask(user, mask);
    bighti_ircd_reply(user, RPL_ENDOFWHO, "End of WHO list", mask, NULL);
}

static bool who_shows(const bighti_ircd_member *member, const bighti_ircd_user *to)
{
    bool shared = bighti_ircd_member_find(member->channel, to) != NULL;

    return shared || ((member->channel->modes & MODE_SECRET) == 0 && !member->user->invisible);
}

static void whois_channels(bighti_ircd_user *to, const bighti_ircd_user *user)
{
    char names[BIGHT_IRC_MAX_BODY] = "";
    size_t size = 0;
    bighti_link *link;

    for (link = user->memberships.next; link != &user->memberships; link = link->next) {
        const bighti_ircd_member *member = BIGHTI_CONTAINER(link, bighti_ircd_member, in_user);

        if (!who_shows(member, to))
            continue;
        /* 63 bytes of server, two nicks of 63 and the rest leave 300 for the names. */
        if (size + strlen(member->channel->name) + 3 > 300) {
            bighti_ircd_reply(to, RPL_WHOISCHANNELS, names, user->nick, NULL);
            size = 0;
        }
        size +=
            (size_t)snprintf(names + size, sizeof(names) - size, "%s%s%s", size > 0 ? " " : "",
                             bighti_ircd_member_prefix(member, (to->caps & CAP_MULTI_PREFIX) != 0),
                             member->channel->name);
    }
    if (size > 0)
        bighti_ircd_reply(to, RPL_WHOISCHANNELS, names, user->nick, NULL);
}

static void whois_one(bighti_ircd_user *to, const bighti_ircd_user *user)
{
    const bight_irc_server *server = to->server;
    uint64_t idle = bight_reactor_now(server->reactor) - user->last_talk;
    char seconds[24], since[24];

    snprintf(seconds, sizeof(seconds), "%llu", (unsigned long long)(idle / BIGHT_SEC(1)));
    snprintf(since, sizeof(since), "%llu", (unsigned long long)(user->signed_on / BIGHT_SEC(1)));
    bighti_ircd_reply(to, RPL_WHOISUSER, user->real_name, user->nick, user->user, user->host,
                      (const char *)"*", NULL);
    whois_channels(to, user);
    bighti_ircd_reply(to, RPL_WHOISSERVER, server->description, user->nick, server->name, NULL);
    if (user->away != NULL)
        bighti_ircd_reply(to, RPL_AWAY, user->away, user->nick, NULL);
    bighti_ircd_reply(to, RPL_WHOISIDLE, "seconds idle, signon time", user->nick, seconds, since,
                      NULL);
}

void bighti_ircd_on_whois(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    /* "WHOIS server nick" asks one server of many; here there is only this one. */
    char *nicks = args->words[1] != NULL ? args->words[1] : args->words[0], *nick;
    char asked[BIGHT_IRC_MAX_BODY];

    snprintf(asked, sizeof(asked), "%s", nicks);
    for (int i = 0; (nick = bighti_ircd_next_item(&nicks)) != NULL && i < BIGHTI_IRCD_TARGETS;
         i++) {
        const bighti_ircd_user *target = bighti_ircd_user_find(user->server, nick);

        if (target != NULL)
            whois_one(user, target);
        else
            bighti_ircd_reply(user, ERR_NOSUCHNICK, "No such nick/channel", nick, NULL);
    }
    bighti_ircd_reply(user, RPL_ENDOFWHOIS, "End of /WHOIS list", asked, NULL);
}

void bighti_ircd_on_whowas(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    /* The server keeps no history of users. */
    bighti_ircd_reply(user, ERR_WASNOSUCHNICK, "There was no such nickname", args->words[0], NULL);
    bighti_ircd_reply(user, RPL_ENDOFWHOWAS, "End of WHOWAS", args->words[0], NULL);
}

/* Nicks are separate words, or one trailing parameter with spaces. */
static char *who_next_nick(const bighti_ircd_args *args, size_t *index, char **rest)
{
    char *nick;

    for (;;) {
        while (*rest != NULL && (nick = strsep(rest, " ")) != NULL) {
            if (*nick != '\0')
                return nick;
        }
        if (*index >= args->count)
            return NULL;
        *rest = args->words[(*index)++];
    }
}

void bighti_ircd_on_userhost(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char text[BIGHT_IRC_MAX_BODY] = "", *rest = NULL, *nick;
    size_t size = 0, index = 0;

    for (int i = 0; i < 5 && (nick = who_next_nick(args, &index, &rest)) != NULL; i++) {
        const bighti_ircd_user *target = bighti_ircd_user_find(user->server, nick);

        if (target == NULL || size > 300)
            continue;
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s=%c%s@%s",
                                 size > 0 ? " " : "", target->nick,
                                 target->away != NULL ? '-' : '+', target->user, target->host);
    }
    bighti_ircd_reply(user, RPL_USERHOST, text, NULL);
}

void bighti_ircd_on_ison(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char text[BIGHT_IRC_MAX_BODY] = "", *rest = NULL, *nick;
    size_t size = 0, index = 0;

    while ((nick = who_next_nick(args, &index, &rest)) != NULL) {
        const bighti_ircd_user *target = bighti_ircd_user_find(user->server, nick);

        if (target != NULL && size < 300)
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s", size > 0 ? " " : "",
                                     target->nick);
    }
    bighti_ircd_reply(user, RPL_ISON, text, NULL);
}
