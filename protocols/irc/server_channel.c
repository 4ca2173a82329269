/* Channels: members, bans and invitations. */
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bighti_ircd_channel *bighti_ircd_channel_find(const bight_irc_server *server, const char *name)
{
    bighti_irc_entry *entry = bighti_irc_table_find(&server->channel_names, bight_view_of(name));

    return entry != NULL ? BIGHTI_CONTAINER(entry, bighti_ircd_channel, entry) : NULL;
}

bighti_ircd_channel *bighti_ircd_channel_new(bight_irc_server *server, const char *name)
{
    size_t size = strlen(name);
    bighti_ircd_channel *channel = calloc(1, sizeof(*channel) + size + 1);

    if (channel == NULL)
        return NULL;
    memcpy(channel->name, name, size);
    bighti_link_init(&channel->members);
    bighti_link_init(&channel->bans);
    bighti_link_init(&channel->invites);
    channel->created = bighti_ircd_wall_time(server);
    channel->modes = MODE_NO_EXTERNAL | MODE_TOPIC_BY_OPS;
    channel->entry.name = bight_view_of(channel->name);
    bighti_irc_table_insert(&server->channel_names, &channel->entry);
    bighti_list_append(&server->channels, &channel->link);
    bighti_ircd_changed(server);
    return channel;
}

/* Make a LIST that would continue with this channel continue with the next. */
static void move_listings(bight_irc_server *server, const bighti_ircd_channel *channel)
{
    bighti_link *link;

    for (link = server->listings.next; link != &server->listings; link = link->next) {
        bighti_ircd_listing *listing = BIGHTI_CONTAINER(link, bighti_ircd_listing, link);

        if (listing->next == &channel->link)
            listing->next = channel->link.next;
    }
}

static void drop_invite(bighti_ircd_invite *invite)
{
    invite->user->invite_count--;
    bighti_link_unlink(&invite->in_channel);
    bighti_link_unlink(&invite->in_user);
    free(invite);
}

void bighti_ircd_channel_release(bight_irc_server *server, bighti_ircd_channel *channel)
{
    bighti_link *link;

    if (channel->member_count > 0)
        return;
    move_listings(server, channel);
    bighti_link_unlink(&channel->link);
    bighti_irc_table_remove(&server->channel_names, &channel->entry);
    while ((link = bighti_list_pop(&channel->bans)) != NULL)
        free(BIGHTI_CONTAINER(link, bighti_ircd_ban, link));
    while ((link = bighti_list_pop(&channel->invites)) != NULL)
        drop_invite(BIGHTI_CONTAINER(link, bighti_ircd_invite, in_channel));
    free(channel->topic);
    free(channel);
    bighti_ircd_changed(server);
}

bighti_ircd_member *bighti_ircd_member_find(const bighti_ircd_channel *channel,
                                            const bighti_ircd_user *user)
{
    bighti_link *link;

    /* A user is in few channels, but a channel may have many members, so search the user's
     * list. */
    for (link = user->memberships.next; link != &user->memberships; link = link->next) {
        bighti_ircd_member *member = BIGHTI_CONTAINER(link, bighti_ircd_member, in_user);

        if (member->channel == channel)
            return member;
    }
    return NULL;
}

bighti_ircd_member *bighti_ircd_member_add(bighti_ircd_channel *channel, bighti_ircd_user *user,
                                           uint32_t rank)
{
    bighti_ircd_member *member = calloc(1, sizeof(*member));

    if (member == NULL)
        return NULL;
    member->channel = channel;
    member->user = user;
    member->rank = rank;
    member->ban_serial = channel->ban_serial - 1;
    bighti_list_append(&channel->members, &member->in_channel);
    bighti_list_append(&user->memberships, &member->in_user);
    channel->member_count++;
    user->membership_count++;
    return member;
}

void bighti_ircd_member_remove(bighti_ircd_member *member)
{
    bighti_ircd_channel *channel = member->channel;
    bight_irc_server *server = member->user->server;

    member->user->membership_count--;
    channel->member_count--;
    bighti_link_unlink(&member->in_channel);
    bighti_link_unlink(&member->in_user);
    free(member);
    bighti_ircd_channel_release(server, channel);
}

bool bighti_ircd_channel_bans(const bighti_ircd_channel *channel, const bighti_ircd_user *user)
{
    char source[BIGHTI_IRCD_SOURCE];
    bighti_link *link;

    bighti_ircd_user_source(user, source);
    for (link = channel->bans.next; link != &channel->bans; link = link->next) {
        const bighti_ircd_ban *ban = BIGHTI_CONTAINER(link, bighti_ircd_ban, link);

        if (bight_irc_mask_matches(user->server->options.case_mapping, bight_view_of(ban->mask),
                                   bight_view_of(source)))
            return true;
    }
    return false;
}

/* The result is computed once per change of the list, so that masks are not matched for each
 * message. */
bool bighti_ircd_member_is_banned(bighti_ircd_member *member)
{
    if (member->ban_serial != member->channel->ban_serial) {
        member->banned = bighti_ircd_channel_bans(member->channel, member->user);
        member->ban_serial = member->channel->ban_serial;
    }
    return member->banned;
}

static bighti_ircd_ban *find_ban(const bight_irc_server *server, const bighti_ircd_channel *channel,
                                 const char *mask)
{
    bighti_link *link;

    for (link = channel->bans.next; link != &channel->bans; link = link->next) {
        bighti_ircd_ban *ban = BIGHTI_CONTAINER(link, bighti_ircd_ban, link);

        if (bight_irc_equal(server->options.case_mapping, bight_view_of(ban->mask),
                            bight_view_of(mask)))
            return ban;
    }
    return NULL;
}

bool bighti_ircd_ban_add(bight_irc_server *server, bighti_ircd_channel *channel, const char *mask,
                         const char *setter)
{
    size_t size = strlen(mask) + 1;
    bighti_ircd_ban *ban;

    if (channel->ban_count >= server->options.max_list || find_ban(server, channel, mask) != NULL)
        return false;
    ban = malloc(sizeof(*ban) + size);
    if (ban == NULL)
        return false;
    bighti_link_init(&ban->link);
    ban->set_at = bighti_ircd_wall_time(server);
    snprintf(ban->setter, sizeof(ban->setter), "%s", setter);
    memcpy(ban->mask, mask, size);
    bighti_list_append(&channel->bans, &ban->link);
    channel->ban_count++;
    channel->ban_serial++;
    return true;
}

bool bighti_ircd_ban_remove(bight_irc_server *server, bighti_ircd_channel *channel,
                            const char *mask)
{
    bighti_ircd_ban *ban = find_ban(server, channel, mask);

    if (ban == NULL)
        return false;
    bighti_link_unlink(&ban->link);
    free(ban);
    channel->ban_count--;
    channel->ban_serial++;
    return true;
}

static bighti_ircd_invite *find_invite(const bighti_ircd_channel *channel,
                                       const bighti_ircd_user *user)
{
    bighti_link *link;

    for (link = channel->invites.next; link != &channel->invites; link = link->next) {
        bighti_ircd_invite *invite = BIGHTI_CONTAINER(link, bighti_ircd_invite, in_channel);

        if (invite->user == user)
            return invite;
    }
    return NULL;
}

bool bighti_ircd_invite_add(bighti_ircd_channel *channel, bighti_ircd_user *user, bool by_op)
{
    bighti_ircd_invite *invite = find_invite(channel, user);

    if (invite != NULL) {
        invite->by_op = invite->by_op || by_op;
        return true;
    }
    invite = malloc(sizeof(*invite));
    if (invite == NULL)
        return false;
    if (user->invite_count >= BIGHTI_IRCD_INVITES)
        drop_invite(BIGHTI_CONTAINER(user->invites.next, bighti_ircd_invite, in_user));
    invite->user = user;
    invite->by_op = by_op;
    bighti_link_init(&invite->in_channel);
    bighti_link_init(&invite->in_user);
    bighti_list_append(&channel->invites, &invite->in_channel);
    bighti_list_append(&user->invites, &invite->in_user);
    user->invite_count++;
    return true;
}

bool bighti_ircd_invite_has(const bighti_ircd_channel *channel, const bighti_ircd_user *user)
{
    const bighti_ircd_invite *invite = find_invite(channel, user);

    return invite != NULL && invite->by_op;
}

void bighti_ircd_invite_remove(bighti_ircd_channel *channel, bighti_ircd_user *user)
{
    bighti_ircd_invite *invite = find_invite(channel, user);

    if (invite != NULL)
        drop_invite(invite);
}
