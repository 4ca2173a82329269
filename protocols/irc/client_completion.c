/* Completing a word. The first call collects the candidates, and each further call replaces the
 * last candidate with the next. A call is a further one if the entry still has the content that
 * the last call gave it. So a window only needs to report the key press. */
#include "client_entry.h"
#include "client_private.h"

#include <bight/irc_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More candidates than anybody would step through. */
enum { CANDIDATES_MAX = 500 };

struct bight_irc_completion {
    char *typed;  /* the entry as it was before */
    size_t start; /* the start of the word in it */
    size_t end;   /* where the cursor was */
    char *shown;  /* the entry as the last call left it */
    size_t shown_cursor;
    char **candidates; /* each with its suffix */
    size_t count;
    size_t at; /* the one that is shown; `count` means the typed word */
};

bight_irc_completion *bight_irc_completion_new(void)
{
    return calloc(1, sizeof(bight_irc_completion));
}

void bight_irc_completion_reset(bight_irc_completion *completion)
{
    for (size_t i = 0; i < completion->count; i++)
        free(completion->candidates[i]);
    free(completion->candidates);
    free(completion->typed);
    free(completion->shown);
    memset(completion, 0, sizeof(*completion));
}

void bight_irc_completion_free(bight_irc_completion *completion)
{
    if (completion == NULL)
        return;
    bight_irc_completion_reset(completion);
    free(completion);
}

static bool completion_add(bight_irc_completion *completion, const char *before, const char *name,
                           size_t size, const char *after)
{
    size_t room = strlen(before) + size + strlen(after) + 1;

    if (completion->count == CANDIDATES_MAX)
        return true;
    completion->candidates[completion->count] = malloc(room);
    if (!completion->candidates[completion->count])
        return false;
    snprintf(completion->candidates[completion->count++], room, "%s%.*s%s", before, (int)size, name,
             after);
    return true;
}

static bool completion_begins_with(const bight_irc_client *client, const char *name,
                                   bight_view word)
{
    return strlen(name) >= word.size &&
           bight_irc_equal(client->features.mapping, (bight_view){(const uint8_t *)name, word.size},
                           word);
}

static bool add_commands(bight_irc_completion *completion, bight_view word, const char *after)
{
    const char *name;
    size_t size;

    for (size_t i = 0; (name = bighti_ircc_command_name(i, &size)) != NULL; i++) {
        if (size < word.size - 1 ||
            strncasecmp(name, (const char *)word.data + 1, word.size - 1) != 0)
            continue;
        if (!completion_add(completion, "/", name, size, after))
            return false;
    }
    return true;
}

static bool completion_add_channels(bight_irc_completion *completion,
                                    const bight_irc_client *client, bight_view word,
                                    const char *after)
{
    for (size_t i = 0; i < client->channel_count; i++) {
        const char *name = client->channels[i]->name;

        if (completion_begins_with(client, name, word) &&
            !completion_add(completion, "", name, strlen(name), after))
            return false;
    }
    return true;
}

static bool add_nicks(bight_irc_completion *completion, const bight_irc_client *client,
                      const char *where, bight_view word, const char *after)
{
    const bight_irc_channel *channel = bight_irc_client_find_channel(client, where);

    if (channel == NULL && where[0] != '\0' && completion_begins_with(client, where, word))
        return completion_add(completion, "", where, strlen(where), after);
    for (size_t i = 0; channel && i < channel->members.count; i++) {
        const char *nick = channel->members.by_nick[i]->nick;

        if (!completion_begins_with(client, nick, word) || bighti_ircc_is_self(client, nick))
            continue;
        if (!completion_add(completion, "", nick, strlen(nick), after))
            return false;
    }
    return true;
}

static bool completion_collect(bight_irc_completion *completion, const bight_irc_client *client,
                               const char *where)
{
    bight_view word = {(const uint8_t *)completion->typed + completion->start,
                       completion->end - completion->start};
    bool spaced = completion->typed[completion->end] == ' ';
    const char *after = spaced ? "" : " ";

    if (completion->start == 0 && word.data[0] == '/')
        return add_commands(completion, word, after);
    if (bight_irc_client_is_channel(client, (const char *)word.data))
        return completion_add_channels(completion, client, word, after);
    if (completion->start == 0)
        after = spaced ? ":" : ": ";
    return add_nicks(completion, client, where, word, after);
}

/* Collect candidates for the word before the cursor. Returns false if there is no word, nothing
 * matches, or when out of memory. */
static bool completion_begin(bight_irc_completion *completion, const bight_irc_client *client,
                             const char *where, const char *text, size_t cursor)
{
    size_t start = cursor;

    bight_irc_completion_reset(completion);
    while (start > 0 && text[start - 1] != ' ' && text[start - 1] != '\n')
        start--;
    if (start == cursor)
        return false;
    completion->typed = bighti_ircc_dup(text);
    completion->candidates = calloc(CANDIDATES_MAX, sizeof(char *));
    completion->count = 0;
    completion->start = start;
    completion->end = cursor;
    if (!completion->typed || completion->candidates == NULL ||
        !completion_collect(completion, client, where))
        return false;
    completion->at = completion->count;
    return completion->count > 0;
}

/* Move to the next or previous candidate; the typed word is one of them. */
static void completion_step(bight_irc_completion *completion, bool backwards)
{
    size_t places = completion->count + 1;

    completion->at = (completion->at + (backwards ? places - 1 : 1)) % places;
}

/* Make the text that the entry should show. */
static bool completion_show(bight_irc_completion *completion)
{
    const char *candidate, *typed = completion->typed;
    size_t room;
    char *shown;

    if (completion->at == completion->count) {
        shown = bighti_ircc_dup(typed);
        completion->shown_cursor = completion->end;
    } else {
        candidate = completion->candidates[completion->at];
        room = completion->start + strlen(candidate) + strlen(typed + completion->end) + 1;
        shown = malloc(room);
        if (shown)
            snprintf(shown, room, "%.*s%s%s", (int)completion->start, typed, candidate,
                     typed + completion->end);
        completion->shown_cursor = completion->start + strlen(candidate);
    }
    free(completion->shown);
    completion->shown = shown;
    return shown != NULL;
}

bool bight_irc_completion_next(bight_irc_completion *completion, const bight_irc_client *client,
                               const char *where, const char *text, size_t cursor, bool backwards,
                               const char **out, size_t *out_cursor)
{
    bool goes_on = completion->shown && completion->shown_cursor == cursor &&
                   strcmp(completion->shown, text) == 0;

    if (cursor > strlen(text))
        cursor = strlen(text);
    if (!goes_on && !completion_begin(completion, client, where, text, cursor)) {
        bight_irc_completion_reset(completion);
        return false;
    }
    completion_step(completion, backwards);
    if (!completion_show(completion)) {
        bight_irc_completion_reset(completion);
        return false;
    }
    *out = completion->shown;
    *out_cursor = completion->shown_cursor;
    return true;
}
