/* The path of an error through the chains, which helps to find its origin. It is stored beside the
 * error, not in it, because one error may fail several chains, on several threads.
 *
 * A trail is bounded: after MOST places further ones are only counted, but the last one is always
 * kept. */
#include "chain.h"
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 4, MOST = 32 };

typedef struct trail_place {
    const char *where;
    bighti_passage passage;
} trail_place;

struct bighti_trail {
    size_t count, capacity;
    size_t left_out; /* between the last place and the one before it */
    trail_place places[];
};

static bighti_trail *trail_start(const bight_deferred *chain, bighti_passage passage)
{
    bighti_trail *trail = malloc(sizeof(*trail) + FIRST_CAPACITY * sizeof(trail_place));

    if (trail == NULL)
        return NULL;
    trail->capacity = FIRST_CAPACITY;
    trail->count = trail->left_out = 0;
    if (passage != BIGHTI_FAILED)
        trail->places[trail->count++] = (trail_place){chain->where, BIGHTI_MADE};
    return trail;
}

static bool trail_make_room(bighti_trail **trail)
{
    size_t capacity = 2 * (*trail)->capacity;
    bighti_trail *larger;

    if ((*trail)->count < (*trail)->capacity)
        return true;
    if (capacity > MOST)
        return false;
    larger = realloc(*trail, sizeof(*larger) + capacity * sizeof(trail_place));
    if (larger == NULL)
        return false;
    larger->capacity = capacity;
    *trail = larger;
    return true;
}

void bighti_trail_add(bight_deferred *chain, bighti_passage passage, const char *where)
{
    bighti_trail *trail = chain->failed.trail;

    if (trail == NULL) {
        trail = trail_start(chain, passage);
        if (trail == NULL)
            return;
    }
    if (!trail_make_room(&trail)) {
        trail->left_out++;
        trail->count--;
    }
    trail->places[trail->count++] = (trail_place){where, passage};
    chain->failed.trail = trail;
}

void bighti_trail_free(bighti_trail *trail)
{
    free(trail);
}

/* Appends as much of the text as fits; `length` counts all of it. */
static void append(char *buffer, size_t size, size_t *length, const char *verb, const char *where)
{
    size_t used = *length < size ? *length : size;

    *length += (size_t)snprintf(buffer + used, size - used, "%s%s%s", *length > 0 ? ", " : "", verb,
                                where);
}

static void append_place(char *buffer, size_t size, size_t *length, const trail_place *place)
{
    static const char *const verbs[] = {
        "failed as made at ",
        "failed in the step at ",
        "went by the step at ",
        "was handed on by the step at ",
        "reached the step that waited at ",
    };

    append(buffer, size, length, verbs[place->passage],
           place->where != NULL ? place->where : "an unknown place");
}

size_t bight_deferred_format_trail(const bight_deferred *deferred, char *buffer, size_t size)
{
    const bighti_trail *trail = NULL;
    size_t length = 0;
    char nothing[1];

    if (size > 0)
        buffer[0] = '\0';
    else
        buffer = nothing;
    if (deferred == NULL)
        return 0;
    if (deferred->state == BIGHTI_ERROR || deferred->state == BIGHTI_GIVEN)
        trail = deferred->failed.trail;
    if (trail == NULL && deferred->state == BIGHTI_ERROR)
        append_place(buffer, size, &length, &(trail_place){deferred->where, BIGHTI_MADE});
    for (size_t i = 0; trail != NULL && i < trail->count; i++) {
        if (trail->left_out > 0 && i + 1 == trail->count) {
            char count[32];

            snprintf(count, sizeof(count), "%zu", trail->left_out);
            append(buffer, size, &length, "places left out: ", count);
        }
        append_place(buffer, size, &length, &trail->places[i]);
    }
    return length;
}
