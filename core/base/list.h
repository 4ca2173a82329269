/* An intrusive, circular, doubly linked list. A link that is in no list points at itself, so that
 * unlinking twice is harmless and "is it queued?" is one comparison. */
#ifndef BIGHTI_BASE_LIST_H
#define BIGHTI_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct bighti_link {
    struct bighti_link *next, *previous;
} bighti_link;

/* The structure that holds a link. */
#define BIGHTI_CONTAINER(pointer, type, member)                                                    \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void bighti_link_init(bighti_link *link)
{
    link->next = link->previous = link;
}

static inline bool bighti_link_is_linked(const bighti_link *link)
{
    return link->next != link;
}

static inline bool bighti_list_is_empty(const bighti_link *list)
{
    return list->next == list;
}

static inline void bighti_link_unlink(bighti_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    bighti_link_init(link);
}

/* The link must be in no list. */
static inline void bighti_list_append(bighti_link *list, bighti_link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

/* Take the first link out, or NULL. */
static inline bighti_link *bighti_list_pop(bighti_link *list)
{
    bighti_link *first = list->next;

    if (first == list)
        return NULL;
    /* The analyzer loses sight of a list whose items are freed one by one. */
    bighti_link_unlink(first); /* NOLINT(clang-analyzer-unix.Malloc) */
    return first;
}

/* Move all of `from` to the end of `list`. */
static inline void bighti_list_splice(bighti_link *list, bighti_link *from)
{
    if (bighti_list_is_empty(from))
        return;
    from->next->previous = list->previous;
    list->previous->next = from->next;
    from->previous->next = list;
    list->previous = from->previous;
    bighti_link_init(from);
}

#endif
