/** @file bight/watch.h
 * A watch calls a function when a descriptor that the program owns is ready. It is for devices,
 * pipes and foreign libraries with their own sockets (libcurl, libpq); for connections use
 * bight/transport.h.
 */
#ifndef BIGHT_WATCH_H
#define BIGHT_WATCH_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/** A descriptor that is watched. */
typedef struct bight_watch bight_watch;

/** What to watch for, and what happened; the values can be or-ed. */
enum {
    BIGHT_WATCH_READ = 1,  /**< bytes, a connection or the end of input can be read */
    BIGHT_WATCH_WRITE = 2, /**< bytes can be written, or a connect has completed */
    BIGHT_WATCH_HANGUP = 4 /**< the other side is gone or an error waits; always reported, never
                                requested */
};

/**
 * The descriptor is ready. Level-triggered: called again in the next turn while that lasts.
 *
 * @param events  or-ed values of what happened
 */
typedef void (*bight_watch_fn)(bight_watch *watch, unsigned events, void *data);

/**
 * Watch a descriptor.
 *
 * @param fd      stays the caller's; free the watch before closing it
 * @param events  BIGHT_WATCH_READ, BIGHT_WATCH_WRITE, both or 0
 * @errors        BIGHT_ERROR_EXISTS: this reactor watches @p fd already; BIGHT_ERROR_UNSUPPORTED: a
 *                regular file, which is always ready; BIGHT_ERROR_INVALID: not a descriptor;
 *                BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT
 * @owner         the caller; freed with bight_watch_free()
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_watch_new(bight_reactor *reactor, int fd,
                                                      unsigned events, bight_watch_fn fn,
                                                      void *data, bight_watch **watch);

/** Watch for other events from now on. Cannot fail once the watch exists. @thread the reactor's */
BIGHT_API void bight_watch_set_events(bight_watch *watch, unsigned events);

/** The descriptor. @thread the reactor's */
BIGHT_API int bight_watch_get_fd(const bight_watch *watch);

/** A name for the watchdog's reports. @param name a constant string @thread the reactor's */
BIGHT_API void bight_watch_set_name(bight_watch *watch, const char *name);

/** Stop watching. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_watch_free(bight_watch *watch);

BIGHT_END_DECLS

#endif
