/* Lookups and the resolver that they belong to, shared by resolver.c (its life), lookup.c (what all
 * lookups have in common), resolve.c (addresses) and records.c. */
#ifndef BIGHTI_NET_LOOKUP_H
#define BIGHTI_NET_LOOKUP_H

#include "../reactor/resident.h"
#include "../reactor/shared.h"
#include "../reactor/task.h"
#include "host_name.h"
#include "hosts.h"
#include "question.h"
#include <bight/timer.h>

enum { BIGHTI_MOST_ASKS = 2 };

typedef struct bighti_lookup bighti_lookup;

/* The kinds of lookups. */
typedef struct bighti_lookup_kind {
    /* Whether it can be answered without a server; then `value` or `error` is set, or `elsewhere`
     * will end it. */
    bool (*answer_locally)(bighti_lookup *one);
    /* Set `value` or `error` from the answers. */
    void (*finish)(bighti_lookup *one);
    bight_destroy_fn destroy; /* of the value */
} bighti_lookup_kind;

typedef enum bighti_lookup_state {
    BIGHTI_LOOKUP_WAITING,
    BIGHTI_LOOKUP_ASKED,
    BIGHTI_LOOKUP_SETTLING, /* one of two questions has an answer that is good enough */
    BIGHTI_LOOKUP_DONE
} bighti_lookup_state;

struct bighti_lookup {
    bighti_link link;
    const bighti_lookup_kind *kind;
    bighti_lookup_state state;
    bight_resolver *resolver; /* NULL after it was freed */
    bight_promise *promise;
    void *value;
    bight_error *error;
    bight_deferred *elsewhere; /* the work on a pool; NULL */
    uint64_t deadline;         /* while settling */
    int types[BIGHTI_MOST_ASKS];
    bighti_ask asks[BIGHTI_MOST_ASKS];
    bighti_answer *answers[BIGHTI_MOST_ASKS]; /* NULL before they are there */
    unsigned count;                           /* of the questions */
    unsigned answered;
    bool eager;   /* IPv6 addresses are enough */
    bool is_rest; /* somebody has addresses already and would use these as well */
    bight_family family;
    bight_address address;              /* whose names are wanted */
    char ascii[BIGHTI_ASCII_NAME_SIZE]; /* the name that is asked for */
    char name[];                        /* as the program has given it, for messages */
};

struct bight_resolver {
    bight_reactor *reactor;
    bighti_resident resident;
    bight_task task;     /* completes lookups that are done, starts queued ones */
    bight_timer *settle; /* for the first of `settling` */
    bighti_questions *questions;
    bighti_hosts *hosts;
    bighti_link waiting, asked, settling, done;
    unsigned waiting_count;
    bool dead; /* the reactor was freed */
    bight_resolver_options options;
    char texts[]; /* the strings of the options */
};

/* A lookup and its deferred; NULL when out of memory. */
bighti_lookup *bighti_lookup_new(bight_resolver *resolver, const bighti_lookup_kind *kind,
                                 const char *name, bight_deferred **deferred);

/* Start it. If there is an error already, the lookup ends with it. */
void bighti_lookup_start(bighti_lookup *one);

/* It has a value or an error: the task completes it. */
void bighti_lookup_end(bighti_lookup *one);

/* The error for a status of c-ares. */
bight_error *bighti_lookup_error(const bighti_lookup *one, int code);

/* The task and the timer of the resolver. */
void bighti_lookups_on_task(bight_task *task, void *resolver);
void bighti_lookups_on_settled(bight_timer *timer, void *resolver);

/* Detach all lookups from the resolver and move them to `lookups`; then end them. Their steps may
 * do anything. */
void bighti_lookups_detach(bight_resolver *resolver, bighti_link *lookups);
void bighti_lookups_cancel(bighti_link *lookups, const char *why);

#endif
