/* The data of channels and members: sorted arrays with binary search. Adding to an array of 10,000
 * moves 40 KB on average, which takes a few microseconds. A tree or a hash table would cost more
 * memory, and an array gives the position of a member, which list views need, without counting. */
#include "client_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const bight_irc_client *client, const char *a, const char *b)
{
    return bight_irc_compare(client->features.mapping, bight_view_of(a), bight_view_of(b));
}

/* The index of a channel with this name, or where it would be inserted. */
static size_t channel_place(const bight_irc_client *client, const char *name)
{
    size_t low = 0, high = client->channel_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_names(client, client->channels[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bight_irc_channel *bight_irc_client_find_channel(const bight_irc_client *client, const char *name)
{
    size_t at = channel_place(client, name);

    if (at == client->channel_count || compare_names(client, client->channels[at]->name, name) != 0)
        return NULL;
    return client->channels[at];
}

static bool grow_channels(bight_irc_client *client)
{
    size_t capacity = client->channel_capacity ? client->channel_capacity * 2 : 8;
    bight_irc_channel **channels;

    if (client->channel_count < client->channel_capacity)
        return true;
    channels = realloc(client->channels, capacity * sizeof(bight_irc_channel *));
    if (channels == NULL)
        return false;
    client->channels = channels;
    client->channel_capacity = capacity;
    return true;
}

bight_irc_channel *bighti_ircc_channel_add(bight_irc_client *client, const char *name)
{
    size_t at = channel_place(client, name);
    bight_irc_channel *channel;

    if (!grow_channels(client))
        return NULL;
    channel = calloc(1, sizeof(*channel));
    if (channel == NULL || !bighti_ircc_set(&channel->name, name)) {
        free(channel);
        return NULL;
    }
    channel->client = client;
    memmove(client->channels + at + 1, client->channels + at,
            (client->channel_count - at) * sizeof(bight_irc_channel *));
    client->channels[at] = channel;
    client->channel_count++;
    return channel;
}

void bighti_ircc_channel_unlist(bight_irc_channel *channel)
{
    bight_irc_client *client = channel->client;
    size_t at = 0;

    while (client->channels[at] != channel)
        at++;
    client->channel_count--;
    memmove(client->channels + at, client->channels + at + 1,
            (client->channel_count - at) * sizeof(bight_irc_channel *));
    client->member_count -= channel->members.count;
}

void bighti_ircc_channel_free(bight_irc_channel *channel)
{
    for (size_t i = 0; i < channel->members.count; i++)
        bighti_ircc_member_free(channel->members.by_nick[i]);
    free(channel->members.by_nick);
    free(channel->members.by_rank);
    free(channel->name);
    free(channel->topic);
    free(channel->topic_setter);
    free(channel);
}

/* The index of a nick in the array by nicks, or where it would be inserted. */
static size_t nick_place(const bight_irc_channel *channel, const char *nick)
{
    size_t low = 0, high = channel->members.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_names(channel->client, channel->members.by_nick[middle]->nick, nick) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_ranks(const bight_irc_member *a, const bight_irc_member *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return compare_names(a->channel->client, a->nick, b->nick);
}

/* The same in the array by ranks. */
static size_t rank_place(const bight_irc_channel *channel, const bight_irc_member *member)
{
    size_t low = 0, high = channel->members.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_ranks(channel->members.by_rank[middle], member) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(bight_irc_member **array, size_t count, size_t at, bight_irc_member *member)
{
    memmove(array + at + 1, array + at, (count - at) * sizeof(bight_irc_member *));
    array[at] = member;
}

/* Remove a member, which is at `at`, or nearby if a change of CASEMAPPING has made members
 * equal. */
static size_t take_out(bight_irc_member **array, size_t count, size_t at,
                       const bight_irc_member *member)
{
    if (at >= count || array[at] != member) {
        for (at = 0; array[at] != member; at++)
            ;
    }
    memmove(array + at, array + at + 1, (count - at - 1) * sizeof(bight_irc_member *));
    return at;
}

static bool grow_members(bighti_ircc_members *members)
{
    size_t capacity = members->capacity ? members->capacity * 2 : 16;
    bight_irc_member **array;

    if (members->count < members->capacity)
        return true;
    array = realloc(members->by_nick, capacity * sizeof(bight_irc_member *));
    if (array == NULL)
        return false;
    members->by_nick = array;
    array = realloc(members->by_rank, capacity * sizeof(bight_irc_member *));
    if (array == NULL)
        return false;
    members->by_rank = array;
    members->capacity = capacity;
    return true;
}

/* Compute rank and prefixes from the modes and the server's PREFIX. */
static void compute_rank(bight_irc_member *member)
{
    const bighti_ircc_features *features = &member->channel->client->features;
    size_t used = 0;

    member->rank = BIGHTI_IRCC_PREFIXES_MAX;
    for (size_t i = 0; features->prefix_modes[i] != '\0'; i++) {
        if (!(member->modes & bighti_ircc_mode_bit(features->prefix_modes[i])))
            continue;
        if (used == 0)
            member->rank = (unsigned)i;
        member->prefixes[used++] = features->prefixes[i];
    }
    member->prefixes[used] = '\0';
}

bight_irc_member *bighti_ircc_member_add(bight_irc_channel *channel, const char *nick, bool *full)
{
    bighti_ircc_members *members = &channel->members;
    bight_irc_member *member;

    *full = channel->client->member_count >= channel->client->options.members_max;
    if (*full || !grow_members(members))
        return NULL;
    member = calloc(1, sizeof(*member));
    if (member == NULL || !bighti_ircc_set(&member->nick, nick)) {
        free(member);
        return NULL;
    }
    member->channel = channel;
    compute_rank(member);
    insert(members->by_nick, members->count, nick_place(channel, nick), member);
    insert(members->by_rank, members->count, rank_place(channel, member), member);
    members->count++;
    channel->client->member_count++;
    return member;
}

size_t bighti_ircc_member_unlist(bight_irc_member *member)
{
    bighti_ircc_members *members = &member->channel->members;
    size_t at;

    take_out(members->by_nick, members->count, nick_place(member->channel, member->nick), member);
    at = take_out(members->by_rank, members->count, rank_place(member->channel, member), member);
    members->count--;
    member->channel->client->member_count--;
    return at;
}

void bighti_ircc_member_free(bight_irc_member *member)
{
    free(member->nick);
    free(member->user);
    free(member->host);
    free(member);
}

/* Insert an unlisted member again; there is room for it. */
static void relist(bight_irc_member *member)
{
    bight_irc_channel *channel = member->channel;
    bighti_ircc_members *members = &channel->members;

    insert(members->by_nick, members->count, nick_place(channel, member->nick), member);
    insert(members->by_rank, members->count, rank_place(channel, member), member);
    members->count++;
    channel->client->member_count++;
}

bool bighti_ircc_member_rename(bight_irc_member *member, const char *nick)
{
    char *copy = bighti_ircc_dup(nick);

    if (copy == NULL)
        return false;
    bighti_ircc_member_unlist(member);
    free(member->nick);
    member->nick = copy;
    relist(member);
    return true;
}

void bighti_ircc_member_set_modes(bight_irc_member *member, uint64_t modes)
{
    if (modes == member->modes)
        return;
    bighti_ircc_member_unlist(member);
    member->modes = modes;
    compute_rank(member);
    relist(member);
}

static size_t keep_seen(bight_irc_member **array, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (array[i]->seen)
            array[kept++] = array[i];
    }
    return kept;
}

void bighti_ircc_members_keep_seen(bight_irc_channel *channel)
{
    bighti_ircc_members *members = &channel->members;
    size_t kept = keep_seen(members->by_rank, members->count);
    size_t to = 0;

    for (size_t from = 0; from < members->count; from++) {
        bight_irc_member *member = members->by_nick[from];

        if (member->seen)
            members->by_nick[to++] = member;
        else
            bighti_ircc_member_free(member);
    }
    channel->client->member_count -= members->count - kept;
    members->count = kept;
}

static int sort_channels(const void *a, const void *b)
{
    const bight_irc_channel *first = *(bight_irc_channel *const *)a;

    return compare_names(first->client, first->name, (*(bight_irc_channel *const *)b)->name);
}

static int sort_nicks(const void *a, const void *b)
{
    const bight_irc_member *first = *(bight_irc_member *const *)a;

    return compare_names(first->channel->client, first->nick,
                         (*(bight_irc_member *const *)b)->nick);
}

static int sort_ranks(const void *a, const void *b)
{
    return compare_ranks(*(bight_irc_member *const *)a, *(bight_irc_member *const *)b);
}

/* The server has changed CASEMAPPING or PREFIX: sort everything again. */
void bighti_ircc_channels_resort(bight_irc_client *client)
{
    if (client->channel_count > 0)
        qsort(client->channels, client->channel_count, sizeof(bight_irc_channel *), sort_channels);
    for (size_t i = 0; i < client->channel_count; i++) {
        bighti_ircc_members *members = &client->channels[i]->members;

        for (size_t j = 0; j < members->count; j++)
            compute_rank(members->by_nick[j]);
        if (members->count == 0)
            continue;
        qsort(members->by_nick, members->count, sizeof(bight_irc_member *), sort_nicks);
        qsort(members->by_rank, members->count, sizeof(bight_irc_member *), sort_ranks);
    }
}

size_t bight_irc_client_count_channels(const bight_irc_client *client)
{
    return client->channel_count;
}

bight_irc_channel *bight_irc_client_get_channel(const bight_irc_client *client, size_t position)
{
    return position < client->channel_count ? client->channels[position] : NULL;
}

const char *bight_irc_channel_get_name(const bight_irc_channel *channel)
{
    return channel->name;
}

const char *bight_irc_channel_get_topic(const bight_irc_channel *channel)
{
    return bighti_ircc_text(channel->topic);
}

const char *bight_irc_channel_get_topic_setter(const bight_irc_channel *channel)
{
    return bighti_ircc_text(channel->topic_setter);
}

int64_t bight_irc_channel_get_topic_time(const bight_irc_channel *channel)
{
    return channel->topic_time;
}

const char *bight_irc_channel_get_modes(const bight_irc_channel *channel)
{
    return channel->modes_text;
}

size_t bight_irc_channel_count_members(const bight_irc_channel *channel)
{
    return channel->members.count;
}

bight_irc_member *bight_irc_channel_get_member(const bight_irc_channel *channel, size_t position)
{
    return position < channel->members.count ? channel->members.by_rank[position] : NULL;
}

bight_irc_member *bight_irc_channel_find_member(const bight_irc_channel *channel, const char *nick)
{
    size_t at = nick_place(channel, nick);

    if (at == channel->members.count ||
        compare_names(channel->client, channel->members.by_nick[at]->nick, nick) != 0)
        return NULL;
    return channel->members.by_nick[at];
}

size_t bight_irc_channel_get_position(const bight_irc_channel *channel,
                                      const bight_irc_member *member)
{
    size_t at = rank_place(channel, member);

    while (at < channel->members.count && channel->members.by_rank[at] != member)
        at++;
    return at < channel->members.count ? at : BIGHT_IRC_NOWHERE;
}

const char *bight_irc_member_get_nick(const bight_irc_member *member)
{
    return member->nick;
}

const char *bight_irc_member_get_prefixes(const bight_irc_member *member)
{
    return member->prefixes;
}

const char *bight_irc_member_get_user(const bight_irc_member *member)
{
    return bighti_ircc_text(member->user);
}

const char *bight_irc_member_get_host(const bight_irc_member *member)
{
    return bighti_ircc_text(member->host);
}

bool bight_irc_member_is_away(const bight_irc_member *member)
{
    return member->away;
}
