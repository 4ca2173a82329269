/* NAMES and LIST. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *bighti_ircd_member_prefix(const bighti_ircd_member *member, bool all)
{
    if ((member->rank & MEMBER_OP) != 0)
        return all && (member->rank & MEMBER_VOICE) != 0 ? "@+" : "@";
    return (member->rank & MEMBER_VOICE) != 0 ? "+" : "";
}

static bool is_visible(const bighti_ircd_channel *channel, const bighti_ircd_user *to)
{
    return (channel->modes & MODE_SECRET) == 0 || bighti_ircd_member_find(channel, to) != NULL;
}

static void begin_names(bighti_ircd_line *line, const bighti_ircd_user *user,
                        const bighti_ircd_channel *channel)
{
    bighti_ircd_reply_begin(line, user, RPL_NAMREPLY);
    bighti_ircd_line_word(line, (channel->modes & MODE_SECRET) != 0 ? "@" : "=");
    bighti_ircd_line_word(line, channel->name);
}

static void name_of(const bighti_ircd_member *member, uint32_t caps, char *name, size_t size)
{
    char source[BIGHTI_IRCD_SOURCE];

    bighti_ircd_user_source(member->user, source);
    snprintf(name, size, "%s%s", bighti_ircd_member_prefix(member, (caps & CAP_MULTI_PREFIX) != 0),
             (caps & CAP_USERHOST_IN_NAMES) != 0 ? source : member->user->nick);
}

void bighti_ircd_send_names(bighti_ircd_user *user, const bighti_ircd_channel *channel)
{
    bool inside = bighti_ircd_member_find(channel, user) != NULL;
    char names[BIGHT_IRC_MAX_BODY] = "", name[BIGHTI_IRCD_SOURCE + 2];
    size_t size = 0;
    bighti_ircd_line line;
    bighti_link *link;

    begin_names(&line, user, channel);
    for (link = channel->members.next; link != &channel->members; link = link->next) {
        const bighti_ircd_member *member = BIGHTI_CONTAINER(link, bighti_ircd_member, in_channel);

        if (!inside && member->user->invisible)
            continue;
        name_of(member, user->caps, name, sizeof(name));
        if (size + 1 + strlen(name) > bighti_ircd_line_room(&line)) {
            bighti_ircd_line_text(&line, names);
            bighti_ircd_send(user, &line);
            begin_names(&line, user, channel);
            size = 0;
        }
        size +=
            (size_t)snprintf(names + size, sizeof(names) - size, "%s%s", size > 0 ? " " : "", name);
    }
    if (size > 0) {
        bighti_ircd_line_text(&line, names);
        bighti_ircd_send(user, &line);
    }
    bighti_ircd_reply(user, RPL_ENDOFNAMES, "End of /NAMES list", channel->name, NULL);
}

void bighti_ircd_on_names(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char *names = args->words[0], *name;

    /* A list of all channels would be too long; modern servers answer in this way. */
    if (names == NULL)
        bighti_ircd_reply(user, RPL_ENDOFNAMES, "End of /NAMES list", "*", NULL);
    for (int i = 0; (name = bighti_ircd_next_item(&names)) != NULL && i < BIGHTI_IRCD_TARGETS;
         i++) {
        bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, name);

        if (channel != NULL && is_visible(channel, user))
            bighti_ircd_send_names(user, channel);
        else
            bighti_ircd_reply(user, RPL_ENDOFNAMES, "End of /NAMES list", name, NULL);
    }
}

static void list_one(bighti_ircd_user *user, const bighti_ircd_channel *channel)
{
    char members[24];

    if (!is_visible(channel, user))
        return;
    snprintf(members, sizeof(members), "%zu", channel->member_count);
    bighti_ircd_reply(user, RPL_LIST, channel->topic != NULL ? channel->topic : "", channel->name,
                      members, NULL);
}

static bool server_names_is_wanted(const bighti_ircd_user *user, const bighti_ircd_channel *channel)
{
    const bighti_ircd_listing *listing = &user->listing;

    return channel->member_count >= listing->least && channel->member_count <= listing->most &&
           (listing->mask[0] == '\0' ||
            bight_irc_mask_matches(user->server->options.case_mapping, bight_view_of(listing->mask),
                                   bight_view_of(channel->name)));
}

void bighti_ircd_list_continue(bighti_ircd_user *user)
{
    bighti_ircd_listing *listing = &user->listing;
    bight_irc_server *server = user->server;

    if (!bighti_link_is_linked(&listing->link))
        return;
    while (listing->next != &server->channels) {
        const bighti_ircd_channel *channel =
            BIGHTI_CONTAINER(listing->next, bighti_ircd_channel, link);

        /* Above the high mark that server_user.c sets; drained continues. */
        if (bight_transport_get_pending(user->transport) > server->options.send_queue / 4)
            return;
        listing->next = listing->next->next;
        if (server_names_is_wanted(user, channel))
            list_one(user, channel);
    }
    bighti_link_unlink(&listing->link);
    bighti_ircd_reply(user, RPL_LISTEND, "End of /LIST", NULL);
}

/* ">3", "<10" or a mask (ELIST=MU); names of channels are answered directly. */
static void take_condition(bighti_ircd_listing *listing, const char *condition)
{
    if (*condition == '>')
        listing->least = strtoul(condition + 1, NULL, 10) + 1;
    else if (*condition == '<')
        listing->most = strtoul(condition + 1, NULL, 10);
    else
        snprintf(listing->mask, sizeof(listing->mask), "%s", condition);
    if (*condition == '<' && listing->most > 0)
        listing->most--;
}

void bighti_ircd_on_list(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    bighti_ircd_listing *listing = &user->listing;
    char *conditions = args->words[0], *condition;
    bool names = false;

    if (bighti_link_is_linked(&listing->link))
        return; /* only one LIST runs at a time */
    listing->least = 0;
    listing->most = SIZE_MAX;
    listing->mask[0] = '\0';
    bighti_ircd_reply(user, RPL_LISTSTART, "Users  Name", "Channel", NULL);
    while ((condition = bighti_ircd_next_item(&conditions)) != NULL) {
        bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, condition);

        if (channel != NULL)
            list_one(user, channel);
        if (channel != NULL || strchr(BIGHTI_IRCD_CHANTYPES, *condition) != NULL)
            names = names || strpbrk(condition, "*?") == NULL;
        if (channel == NULL)
            take_condition(listing, condition);
    }
    listing->next = names ? &user->server->channels : user->server->channels.next;
    bighti_list_append(&user->server->listings, &listing->link);
    bighti_ircd_list_continue(user);
}
