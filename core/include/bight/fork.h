/** @file bight/fork.h
 * Connections of foreign libraries in a forked child.
 *
 * A child inherits its parent's memory and descriptors. Bight handles the connections that it has
 * opened itself. A connection of a foreign library on the reactor (a database, an SSH session) has
 * to be handled by the code that uses the library. Two rules hold in the child for every
 * connection that the parent opened: nothing may be written to it, not even a goodbye, since the
 * peer would believe that the parent sent it; and nothing may be read from it, since the parent
 * would wait for these bytes in vain. It can only be thrown away:
 *
 *     if (bight_fork_watch_is_inherited(self->fork))
 *         bight_fork_mute(socket_of(self->session));
 *     free_session(self->session);                    // writes its goodbye, which reaches nobody
 *
 * bight/sql.h does this for its databases.
 */
#ifndef BIGHT_FORK_H
#define BIGHT_FORK_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/** Remembers in which process it was made. */
typedef struct bight_fork_watch bight_fork_watch;

/** Called once in a forked child, in a turn after bight_reactor_rebuild(). It may free the watch.
 */
typedef void (*bight_fork_fn)(void *data);

/**
 * Remember that a connection that is opened now belongs to this process.
 *
 * @param fn    called in a child that continues to use the reactor: throw away the connection, and
 *              fail everything that waits for it. NULL: there is nothing to do
 * @param data  passed to @p fn; must live as long as the watch
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller; freed with bight_fork_watch_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_fork_watch_new(bight_reactor *reactor, bight_fork_fn fn,
                                                           void *data, bight_fork_watch **watch);

/**
 * Whether this is a different process from the one that made the watch. The answer is right before
 * and after the child has rebuilt the reactor, and after the reactor was freed. It costs no system
 * call. (On Linux before 4.14 the answer is right only after the rebuild.)
 *
 * @thread  any thread of the process that made the watch; in a child, the reactor's
 */
BIGHT_API bool bight_fork_watch_is_inherited(const bight_fork_watch *watch);

/** Forget it. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_fork_watch_free(bight_fork_watch *watch);

/**
 * Disconnect a descriptor: its file is closed in this process, and a socket without a peer takes
 * its number. A library that owns the descriptor may then write its goodbye there and close it.
 * Free all watches of the descriptor first.
 */
BIGHT_API void bight_fork_mute(int fd);

BIGHT_END_DECLS

#endif
