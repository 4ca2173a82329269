/** @file bight/fork.h
 * What a foreign library keeps open, in a forked child.
 *
 * A child has its parent's memory and descriptors. For what Bight opens itself it knows what to do;
 * for a connection of a library that rides on the reactor (a database, an SSH session) only who
 * carries the library does. Two rules hold in the child: nothing may be said on what the parent
 * opened, not even goodbye, since the peer would take it for the parent's word; and nothing may be
 * read from it, since the parent would wait for it in vain. It can only be thrown away:
 *
 *     if (bight_fork_watch_is_inherited(self->fork))
 *         bight_fork_mute(socket_of(self->session));
 *     free_session(self->session);                    // says goodbye, and nobody hears it
 *
 * bight/sql.h does this for its databases.
 */
#ifndef BIGHT_FORK_H
#define BIGHT_FORK_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/** Knows in which process it was made. */
typedef struct bight_fork_watch bight_fork_watch;

/** Called once in a forked child, in a turn after bight_reactor_rebuild(). It may free the watch.
 */
typedef void (*bight_fork_fn)(void *data);

/**
 * Remember that what is opened now belongs to this process.
 *
 * @param fn    called in a child that goes on with the reactor: throw away what is open, and end
 *              what waits for it. NULL: there is nothing to do
 * @param data  passed to @p fn; must live as long as the watch
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller; freed with bight_fork_watch_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_fork_watch_new(bight_reactor *reactor, bight_fork_fn fn,
                                                           void *data, bight_fork_watch **watch);

/**
 * Whether this is another process than the one that made the watch: before and after the child has
 * rebuilt the reactor, also after the reactor was freed. It costs no system call. (Before Linux
 * 4.14 it is only known after the rebuild.)
 *
 * @thread  any that the process which made the watch has; in a child, the reactor's
 */
BIGHT_API bool bight_fork_watch_is_inherited(const bight_fork_watch *watch);

/** Forget it. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_fork_watch_free(bight_fork_watch *watch);

/**
 * Have a descriptor reach nobody any more: what it stood for is closed in this process, and a
 * socket without a peer has its number. A library that owns it may then say its goodbye there and
 * close it. Free watches of it before.
 */
BIGHT_API void bight_fork_mute(int fd);

BIGHT_END_DECLS

#endif
