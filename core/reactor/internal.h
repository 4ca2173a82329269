/* What the files of this floor, and the net floor above, share of the reactor. dispatch.c has the
 * whole picture. */
#ifndef BIGHTI_REACTOR_INTERNAL_H
#define BIGHTI_REACTOR_INTERNAL_H

#include "../base/list.h"
#include "../base/pool.h"
#include "../base/slab.h"
#include "../base/wheel.h"
#include "poller.h"
#include <bight/host.h>
#include <bight/reactor.h>
#include <bight/task.h>
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

/* A call from another thread that needs no memory, so that it cannot fail: what a worker has to say
 * must arrive. */
typedef struct bighti_bell {
    bighti_link link; /* in rung, bells or none; under the reactor's lock */
    bight_reactor *reactor;
    void (*fn)(struct bighti_bell *bell);
} bighti_bell;

/* Something that must be told when the reactor is freed: a listener, a connect, a pool. */
typedef struct bighti_resident {
    bighti_link link;
    void (*evict)(struct bighti_resident *resident); /* must unlink itself */
} bighti_resident;

/* A transport, as this floor knows it. What it does is the net floor's; static const. */
typedef struct bighti_member bighti_member;

typedef struct bighti_member_ops {
    /* The reactor is being freed: must leave. */
    void (*evict)(bighti_member *member);

    /* The running callback is over: send what waits. */
    void (*flush)(bighti_member *member);

    /* The later turn that was asked for is here. */
    void (*tell)(bighti_member *member);

    /* In a forked child: enter the set, which is new. */
    void (*rejoin)(bighti_member *member);
} bighti_member_ops;

struct bighti_member {
    const bighti_member_ops *ops;
    bighti_link home;  /* in members, news, news_next or, when it has left, none */
    bighti_link flush; /* in flushes or none */
};

/* One bight_reactor_run(); nested ones stand above the first. */
typedef struct bighti_run {
    struct bighti_run *outer;
    bool stop;
} bighti_run;

struct bight_reactor {
    bighti_poller poller;
    int wake_fd;
    int timer_fd;        /* -1 with a clock of the user's own */
    bool is_watched;     /* somebody has asked for the descriptor: timers are armed */
    unsigned references; /* the owner's, one of each object, one of each turn on the stack */
    unsigned depth;      /* turns on the stack */
    bool dead;           /* bight_reactor_free() was called */
    bool yield;          /* leave the turn after this callback */
    bool poked;          /* the wake-up descriptor was written since the poller was last asked */
    bool overflowed;     /* more events were ready than one wait of the poller tells */
    bool level_told;     /* a level-triggered event was told: it may be ready still */
    bool announces;      /* the host calls bight_reactor_before_wait() */
    bool now_valid;      /* `now` holds for the rest of this callback */
    uint8_t rotation;    /* the queue that was served last */
    uint64_t now;
    uint64_t collected_at; /* when the last turn looked what is ready */
    bight_clock clock;
    bighti_wheel wheel;
    bighti_slab timers;
    uint64_t armed;         /* deadline that the timer descriptor is set to */
    bighti_link due;        /* timers that have expired */
    bighti_link tasks;      /* to run in this turn */
    bighti_link tasks_next; /* to run in the next */
    bighti_link io;         /* watches that are ready */
    bighti_link io_next;    /* watches that go on in the next turn */
    bighti_link flushes;
    bighti_link members;   /* transports that have asked for nothing */
    bighti_link news;      /* those that asked for this turn */
    bighti_link news_next; /* and for the next */
    bighti_link residents;
    bighti_link data;         /* what libraries hang on it, in the order in which it was set */
    bighti_link watches;      /* those that are listed, for a forked child */
    bighti_link fork_watches; /* that are to be told in one */
    bighti_link signals;      /* watches of signals that were started */
    atomic_bool signalled;    /* one of them may be pending; set by the handler */
    unsigned generation;      /* how often it has passed into a forked child and was rebuilt */
    bighti_run *run;          /* innermost native run, or NULL */
    pthread_mutex_t lock;     /* over `posted` and bells, the things that other threads touch */
    atomic_bool has_posted;   /* whether it is worth taking the lock, or looking for signals */
    bighti_posts posted;
    bighti_link rung;   /* bells that were rung since the last turn */
    bighti_link bells;  /* those of this turn, behind its posts */
    bighti_posts posts; /* being run; of the owner's thread alone */
    size_t posts_done;
    bighti_pool read_buffers;
    bighti_pool chunks;
    size_t read_cap;
    const bight_host_ops *host_ops;
    void *host;
    uint64_t watchdog;
    uint64_t time_limit;     /* of the innermost turn: when its budget is spent, or 0 */
    uint64_t callback_limit; /* and at which count of callbacks, or 0 */
    uint64_t left_at;        /* when the last turn left work behind, or 0 */
    uint64_t used_at_rest;   /* the thread's processor time when it left none, or 0 */
    int64_t owed;            /* nanoseconds of the loop that are the network's; see budget.c */
    bight_reactor_stats stats;
    uintptr_t thread; /* bighti_this_thread() of its own */
};

enum { BIGHTI_CHUNK_SIZE = 4096 };

/* A number for the calling thread. pthread_self() is a call into another library, which each write
 * would make; the thread pointer is a register. */
static inline uintptr_t bighti_this_thread(void)
{
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
    return (uintptr_t)__builtin_thread_pointer();
#else
    return (uintptr_t)pthread_self();
#endif
}

/* Ends the program: there is no reactor, or this thread is not the reactor's. */
_Noreturn void bighti_refuse_caller(const bight_reactor *reactor, const char *function);

static inline void bighti_check_caller(const bight_reactor *reactor, const char *function)
{
    if (__builtin_expect(reactor == NULL || reactor->thread != bighti_this_thread(), 0))
        bighti_refuse_caller(reactor, function);
}

/* Aborts, in release builds too, when there is no reactor or another thread than its own calls. */
#define bighti_check_thread(reactor) bighti_check_caller((reactor), __func__)

/* The memory lives until the last reference goes; what it can do ends with bight_reactor_free(). */
bight_reactor *bighti_reactor_ref(bight_reactor *reactor);
void bighti_reactor_unref(bight_reactor *reactor);

/* Whether this is a forked child that has not rebuilt the reactor: connections and kernel objects
 * are its parent's still. */
static inline bool bighti_is_inherited(const bight_reactor *reactor)
{
    return bighti_poller_is_inherited(&reactor->poller);
}

/* Put the reactor's own two descriptors into the poller's set; 0 or a negative errno. */
int bighti_reactor_join_own(bight_reactor *reactor);

/* Make the host's poll return. */
void bighti_poke(bight_reactor *reactor);

/* Something was added that the poller knows nothing of. In a turn of a loop that looks again before
 * it waits, nothing has to be done; else the host must be woken. */
static inline void bighti_poke_if_waiting(bight_reactor *reactor)
{
    if (reactor->run == NULL && (reactor->depth == 0 || !reactor->announces))
        bighti_poke(reactor);
}

/* Whether bytes that are written now may wait for the end of the running callback. */
static inline bool bighti_joins_writes(const bight_reactor *reactor)
{
    return reactor->depth > 0 && (reactor->announces || reactor->run != NULL);
}

/* Around every callback: counting, the watchdog, the clock, the joined writes. */
typedef struct bighti_call {
    const char *name; /* NULL: look `function` up */
    void *function;
    uint64_t begin;
} bighti_call;

void bighti_call_begin(bight_reactor *reactor, bighti_call *call);
void bighti_call_end(bight_reactor *reactor, const bighti_call *call);
void bighti_flush_all(bight_reactor *reactor);

/* What one dispatch is given: see budget.c. */
typedef struct bighti_slice {
    bight_budget budget; /* of the next turn in it */
    uint64_t time;       /* of all of it; 0 is without a limit */
    uint64_t entered_at; /* when its first turn began */
    uint64_t took;       /* its turns, so far */
    uint64_t bytes;      /* read from all transports when its last turn began */
    unsigned patience;   /* looks that are left since a turn in it has read anything */
    bool is_owed;        /* longer than the plain budget, for others had the loop */
    bool bulk;           /* a turn in it has read a whole buffer */
} bighti_slice;

void bighti_slice_begin(bight_reactor *reactor, bight_budget budget, bighti_slice *slice);
bool bighti_slice_goes_on(bight_reactor *reactor, bighti_slice *slice);
void bighti_slice_end(bight_reactor *reactor, const bighti_slice *slice, bight_turn result);

/* Whether the innermost turn has to end. */
bool bighti_is_spent(bight_reactor *reactor);

/* One callback of each queue; false when the queue is empty. */
bool bighti_timer_run_one(bight_reactor *reactor);
bool bighti_task_run_one(bight_reactor *reactor);
bool bighti_posts_run_some(bight_reactor *reactor);
bool bighti_watch_run_one(bight_reactor *reactor);

/* Take the calls that other threads have posted into this turn. */
void bighti_posts_collect(bight_reactor *reactor);
bool bighti_posts_remain(const bight_reactor *reactor);
void bighti_posts_drop(bight_reactor *reactor);

/* The function of a bell runs once in a turn after it was rung, however often that was, and behind
 * what the same thread has posted before. It brackets the callbacks that it runs, with
 * bighti_call_begin(). */
void bighti_bell_init(bighti_bell *bell, bight_reactor *reactor, void (*fn)(bighti_bell *));
void bighti_bell_deinit(bighti_bell *bell);

/* From any thread, while the reactor lives. */
void bighti_bell_ring(bighti_bell *bell);

/* Run the function once more in this turn; for the bell that is running. */
void bighti_bell_again(bighti_bell *bell);

/* Run one; false when none was rung. */
bool bighti_bell_run_one(bight_reactor *reactor);

/* In a forked child: the threads that may have been posting are not there. */
void bighti_posts_reopen(bight_reactor *reactor);

/* Have the watches run in this turn whose signals have arrived. */
void bighti_signals_collect(bight_reactor *reactor);

/* The reactor is being freed: none of its watches is told any more. */
void bighti_signals_drop(bight_reactor *reactor);

/* The reactor is being freed: destroy what hangs on it, the last that was set first. */
void bighti_data_drop(bight_reactor *reactor);

/* The memory of timers. */
void bighti_timers_init(bight_reactor *reactor);

/* Set the timer descriptor, where there is one, to the earliest deadline. */
void bighti_timers_arm(bight_reactor *reactor);

/* Run one turn; waits up to `timeout` nanoseconds for something to do. */
bight_turn bighti_turn(bight_reactor *reactor, bight_budget budget, uint64_t timeout);
bool bighti_work_remains(const bight_reactor *reactor);

/* Before somebody else waits: have the poller's descriptor show what is left, to a loop that is
 * told by edges too. */
void bighti_show_what_remains(bight_reactor *reactor);

/* A watch that is part of a bigger structure. Freed while its callback is on the stack, it says so
 * through `gone`, and the dispatcher touches it no more. */
typedef struct bighti_watch {
    bighti_link link;       /* in io, io_next or none */
    bight_reactor *reactor; /* NULL when deinitialised */
    void (*fn)(struct bighti_watch *watch, uint32_t events);
    bool *gone; /* where to tell; not NULL while the callback is on the stack */
    int fd;
    uint32_t interest; /* as asked of the poller, with EPOLLET for edge-triggered */
    uint32_t ready;    /* what the poller told and no callback has seen */
    bool in_set;       /* false while there is no interest, or while parked */
    bool parked;       /* ready again while on the stack: out of the set until it unwinds */
} bighti_watch;

/* Returns 0 or a negative errno; then nothing has to be undone. Holds a reference of the reactor
 * until deinit. */
int bighti_watch_init(bighti_watch *watch, bight_reactor *reactor, int fd, uint32_t interest,
                      void (*fn)(bighti_watch *, uint32_t));
void bighti_watch_deinit(bighti_watch *watch);
void bighti_watch_set_interest(bighti_watch *watch, uint32_t interest);

/* Have the callback run in the next turn with these events, though the poller said nothing. */
void bighti_watch_again(bighti_watch *watch, uint32_t events);

/* The poller's set is new and empty: put the watch into it. */
void bighti_watch_rejoin(bighti_watch *watch);

/* A watch that a forked child finds by itself; the other ones are those of members. */
typedef struct bighti_listed_watch {
    bighti_watch core;
    bighti_link living; /* in the reactor's list of watches */
} bighti_listed_watch;

int bighti_listed_watch_init(bighti_listed_watch *watch, bight_reactor *reactor, int fd,
                             uint32_t interest, void (*fn)(bighti_watch *, uint32_t));
void bighti_listed_watch_deinit(bighti_listed_watch *watch);
void bighti_watches_rejoin(bight_reactor *reactor);

/* The poller has told of these events. */
void bighti_watch_collect(bighti_watch *watch, uint32_t events);

struct bight_task {
    bighti_link link;
    bight_reactor *reactor;
    bight_task_fn fn;
    void *data;
    const char *name;
    void *function; /* that the watchdog names: what `fn` calls, where that is not the program's */
    bool *gone;
    bool parked; /* scheduled while on the stack and due in a nested turn */
};

void bighti_member_join(bighti_member *member, bight_reactor *reactor,
                        const bighti_member_ops *ops);
void bighti_member_leave(bighti_member *member);

/* Have tell called in the next turn. Not twice before it comes, and not after it has left. */
void bighti_member_ask(bighti_member *member, bight_reactor *reactor);
bool bighti_member_tell_one(bight_reactor *reactor);
void bighti_members_evict(bight_reactor *reactor);
void bighti_members_rejoin(bight_reactor *reactor);

/* Have those told whose process the reactor has left. */
void bighti_fork_watches_tell(bight_reactor *reactor);

/* A task in the caller's storage. */
void bighti_task_init(bight_task *task, bight_reactor *reactor, bight_task_fn fn, void *data);
void bighti_task_deinit(bight_task *task);

#endif
