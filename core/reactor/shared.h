/* The part of a reactor that the floors above can see.
 *
 * The rest is private to core/reactor (internal.h). The members here are read or written for each
 * message by inline functions: the check of the thread, joined writes, buffers, counters. A call
 * for each of them would cost more than the rest of the work. The structure is the first member of
 * the reactor, so a pointer to one is a pointer to the other. Code outside core/reactor uses the
 * functions below and not the members. */
#ifndef BIGHTI_REACTOR_SHARED_H
#define BIGHTI_REACTOR_SHARED_H

#include "../base/list.h"
#include "../base/pool.h"
#include "process.h"
#include <bight/reactor.h>
#include <pthread.h>

/* One bight_reactor_run(); nested ones form a stack. */
typedef struct bighti_run bighti_run;

typedef struct bighti_shared {
    uintptr_t thread;         /* bighti_this_thread() of the reactor's thread */
    bighti_process_mark mark; /* the poller's */
    bighti_run *run;          /* innermost native run, or NULL */
    unsigned depth;           /* turns on the stack */
    bool dead;                /* bight_reactor_free() was called */
    bool announces;           /* the host calls bight_reactor_before_wait() */
    bighti_pool read_buffers;
    bighti_pool chunks;
    size_t read_cap;     /* bytes of one connection in one turn */
    bighti_link flushes; /* members that have bytes to send after the callback */
    bight_reactor_stats stats;
} bighti_shared;

enum { BIGHTI_CHUNK_SIZE = 4096 };

static inline bighti_shared *bighti_shared_of(bight_reactor *reactor)
{
    return (bighti_shared *)reactor;
}

static inline const bighti_shared *bighti_shared_view(const bight_reactor *reactor)
{
    return (const bighti_shared *)reactor;
}

/* The memory lives until the last reference is given back; the reactor stops working with
 * bight_reactor_free(). */
bight_reactor *bighti_reactor_ref(bight_reactor *reactor);
void bighti_reactor_unref(bight_reactor *reactor);

/* Whether bight_reactor_free() was called. */
static inline bool bighti_is_dead(const bight_reactor *reactor)
{
    return bighti_shared_view(reactor)->dead;
}

/* Whether this is a forked child that has not rebuilt the reactor: connections and kernel objects
 * still belong to the parent. */
static inline bool bighti_is_inherited(const bight_reactor *reactor)
{
    const bighti_shared *shared = bighti_shared_view(reactor);

    return bighti_process_is_other(&shared->mark);
}

/* -- The thread -- */

/* A number for the calling thread. pthread_self() would be a call into another library for each
 * write; the thread pointer is a register. */
static inline uintptr_t bighti_this_thread(void)
{
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
    return (uintptr_t)__builtin_thread_pointer();
#else
    return (uintptr_t)pthread_self();
#endif
}

/* Ends the program, because there is no reactor or this is not the reactor's thread. */
_Noreturn void bighti_refuse_caller(const bight_reactor *reactor, const char *function);

static inline void bighti_check_caller(const bight_reactor *reactor, const char *function)
{
    if (__builtin_expect(
            reactor == NULL || bighti_shared_view(reactor)->thread != bighti_this_thread(), 0))
        bighti_refuse_caller(reactor, function);
}

/* Aborts, in release builds too, if there is no reactor or the calling thread is not the
 * reactor's. */
#define bighti_check_thread(reactor) bighti_check_caller((reactor), __func__)

/* -- Bytes -- */

/* Whether writes may wait for the end of the running callback. */
static inline bool bighti_joins_writes(const bight_reactor *reactor)
{
    const bighti_shared *shared = bighti_shared_view(reactor);

    return shared->depth > 0 && (shared->announces || shared->run != NULL);
}

/* Buffers to read into, which all connections share. */
static inline bighti_pool *bighti_read_buffers(bight_reactor *reactor)
{
    return &bighti_shared_of(reactor)->read_buffers;
}

/* Blocks of BIGHTI_CHUNK_SIZE for output that waits to be sent. */
static inline bighti_pool *bighti_chunks(bight_reactor *reactor)
{
    return &bighti_shared_of(reactor)->chunks;
}

/* What a connection may read in one turn, in bytes. */
static inline size_t bighti_read_cap(const bight_reactor *reactor)
{
    return bighti_shared_view(reactor)->read_cap;
}

/* The counters, to count in. */
static inline bight_reactor_stats *bighti_stats(bight_reactor *reactor)
{
    return &bighti_shared_of(reactor)->stats;
}

/* Whether the innermost turn has to end. */
bool bighti_is_spent(bight_reactor *reactor);

#endif
