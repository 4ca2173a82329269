/* The structure of a reactor, which the files of this floor share; the overview is in dispatch.c.
 * The floors above include specific headers instead: shared.h, call.h, watch.h, task.h, member.h,
 * resident.h, bell.h. */
#ifndef BIGHTI_REACTOR_INTERNAL_H
#define BIGHTI_REACTOR_INTERNAL_H

#include "../base/list.h"
#include "../base/slab.h"
#include "../base/wheel.h"
#include "bell.h"
#include "call.h"
#include "member.h"
#include "poller.h"
#include "resident.h"
#include "shared.h"
#include "task.h"
#include "watch.h"
#include <bight/host.h>
#include <bight/reactor.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <pthread.h>
#include <stdatomic.h>

/* A posted call. */
typedef struct bighti_post {
    bight_call_fn fn, drop;
    void *data;
} bighti_post;

typedef struct bighti_posts {
    bighti_post *calls;
    size_t count, capacity;
} bighti_posts;

struct bighti_run {
    bighti_run *outer;
    bool stop;
};

struct bight_reactor {
    bighti_shared shared; /* must be first: see shared.h */
    bighti_poller poller;
    int wake_fd;
    int timer_fd;        /* -1 with a clock of the user */
    bool is_watched;     /* bight_reactor_fd() was called: timers are armed */
    unsigned references; /* one of the owner, of each object and of each turn on the stack */
    int broken;          /* the errno that its poller or timer descriptor has failed with; 0 */
    bool yield;          /* end the turn after this callback */
    bool poked;          /* the wake-up descriptor was written since the last poll */
    bool overflowed;     /* more events were ready than one poll returns */
    bool level_told;     /* a level-triggered event was reported: it may still be ready */
    bool now_valid;      /* `now` is valid for the rest of this callback */
    uint8_t rotation;    /* the list that was served last */
    uint64_t now;
    uint64_t collected_at; /* when the last turn collected events */
    bight_clock clock;
    bighti_wheel wheel;
    bighti_slab timers;
    uint64_t armed;         /* deadline that the timer descriptor is set to */
    bighti_link due;        /* timers that have expired */
    bighti_link tasks;      /* to run in this turn */
    bighti_link tasks_next; /* to run in the next */
    bighti_link io;         /* watches that are ready */
    bighti_link io_next;    /* watches that continue in the next turn */
    bighti_link members;    /* transports without a request */
    bighti_link news;       /* members with a request for this turn */
    bighti_link news_next;  /* members with a request for the next turn */
    bighti_link residents;
    bighti_link data;         /* data of libraries, in the order in which it was set */
    bighti_link watches;      /* listed watches, for a forked child */
    bighti_link fork_watches; /* to be notified in a forked child */
    bighti_link signals;      /* watches of signals that were started */
    atomic_bool signalled;    /* one of them may be pending; set by the handler */
    unsigned generation;      /* how often it was rebuilt in a forked child */
    pthread_mutex_t lock;     /* protects `posted` and bells, which other threads use */
    atomic_bool has_posted;   /* whether to take the lock and to look for signals */
    bighti_posts posted;
    bighti_link rung;   /* bells that were rung since the last turn */
    bighti_link bells;  /* bells of this turn, after its posts */
    bighti_posts posts; /* being run; used only by the owner's thread */
    size_t posts_done;
    const bight_host_ops *host_ops;
    void *host;
    uint64_t watchdog;
    uint64_t time_limit;     /* of the innermost turn: when its budget is used up, or 0 */
    uint64_t callback_limit; /* and the count of callbacks at which it is, or 0 */
    uint64_t left_at;        /* when the last turn left work behind, or 0 */
    uint64_t used_at_rest;   /* the thread's processor time when it left no work, or 0 */
    int64_t owed;            /* nanoseconds of the loop that are owed to the network; see
                                budget.c */
};

/* Put the reactor's own two descriptors into the poller's set; 0 or a negative errno. */
int bighti_reactor_join_own(bight_reactor *reactor);

/* Make the host's poll return. */
void bighti_poke(bight_reactor *reactor);

/* Work was added that the poller does not know of. Nothing has to be done in a native run, nor in
 * a turn under a host that announces its waits; otherwise the host must be woken. */
static inline void bighti_poke_if_waiting(bight_reactor *reactor)
{
    if (reactor->shared.run == NULL && (reactor->shared.depth == 0 || !reactor->shared.announces))
        bighti_poke(reactor);
}

/* Flush the joined writes of all members. */
void bighti_flush_all(bight_reactor *reactor);

/* The time slice of one dispatch: see budget.c. */
typedef struct bighti_slice {
    bight_budget budget; /* of the next turn in it */
    uint64_t time;       /* of the whole slice; 0 for no limit */
    uint64_t entered_at; /* when its first turn began */
    uint64_t took;       /* time that its turns took so far */
    uint64_t bytes;      /* read from all transports when its last turn began */
    unsigned patience;   /* polls that are left since a turn in it has read anything */
    bool is_owed;        /* longer than the plain budget, because others had the loop */
    bool bulk;           /* a turn in it has read a whole buffer */
} bighti_slice;

void bighti_slice_begin(bight_reactor *reactor, bight_budget budget, bighti_slice *slice);
bool bighti_slice_goes_on(bight_reactor *reactor, bighti_slice *slice);
void bighti_slice_end(bight_reactor *reactor, const bighti_slice *slice, bight_turn result);

/* One callback of each queue; false when the queue is empty. */
bool bighti_timer_run_one(bight_reactor *reactor);
bool bighti_task_run_one(bight_reactor *reactor);
bool bighti_posts_run_some(bight_reactor *reactor);
bool bighti_watch_run_one(bight_reactor *reactor);

/* Take the calls that other threads have posted into this turn. */
void bighti_posts_collect(bight_reactor *reactor);
bool bighti_posts_remain(const bight_reactor *reactor);
void bighti_posts_drop(bight_reactor *reactor);

/* Run one bell; false when none was rung. */
bool bighti_bell_run_one(bight_reactor *reactor);

/* In a forked child: threads that may have been posting do not exist. */
void bighti_posts_reopen(bight_reactor *reactor);

/* Schedule the watches whose signals have arrived for this turn. */
void bighti_signals_collect(bight_reactor *reactor);

/* The reactor is being freed: none of its watches is notified any more. */
void bighti_signals_drop(bight_reactor *reactor);

/* The reactor is being freed: destroy the attached data, in reverse order. */
void bighti_data_drop(bight_reactor *reactor);

/* The memory of timers. */
void bighti_timers_init(bight_reactor *reactor);

/* Set the timer descriptor, if there is one, to the earliest deadline. */
void bighti_timers_arm(bight_reactor *reactor);

/* Run one turn; waits up to `timeout` nanoseconds for something to do. */
bight_turn bighti_turn(bight_reactor *reactor, bight_budget budget, uint64_t timeout);
bool bighti_work_remains(const bight_reactor *reactor);

/* Called before another loop waits: make the poller's descriptor readable if work is left, with a
 * new edge for edge-triggered loops. */
void bighti_show_what_remains(bight_reactor *reactor);

/* Log that a system call failed without which the reactor cannot work. */
void bighti_report_broken(bight_reactor *reactor, const char *call, int errnum);

/* Add all listed watches to the poller's new set. */
void bighti_watches_rejoin(bight_reactor *reactor);

/* The poller has reported these events. */
void bighti_watch_collect(bighti_watch *watch, uint32_t events);

/* Call `tell` of one member with a request for this turn; false if there is none. */
bool bighti_member_tell_one(bight_reactor *reactor);
void bighti_members_evict(bight_reactor *reactor);
void bighti_members_rejoin(bight_reactor *reactor);

/* The reactor is being freed: notify all residents. */
void bighti_residents_evict(bight_reactor *reactor);

/* Notify the fork watches that were made in another process. */
void bighti_fork_watches_tell(bight_reactor *reactor);

#endif
