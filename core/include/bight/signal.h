/** @file bight/signal.h
 * Signals of the system (SIGINT, SIGTERM, SIGHUP, SIGCHLD, ...) as callbacks on the loop.
 *
 * A signal belongs to the process, not to a reactor: each watch of it is told, on its own reactor
 * and thread, whichever thread the system has interrupted. While a signal is watched it does not do
 * what it does by default: SIGINT no longer ends the program, and SIGTSTP no longer stops it.
 *
 * - Handlers that others installed before go on working: they are called after the watches were
 *   noted. A later sigaction(2) replaces the handler of this library, unless it calls what it has
 *   replaced; g_unix_signal_add() does not. So call it first, or call bight_signal_start() again
 *   behind it. After the last bight_signal_stop() everything is as it was found, if nobody else has
 *   changed it meanwhile.
 * - No signal is blocked, so that programs which are executed start with a mask that is whole. A
 *   signal that the program itself blocks is told when it is unblocked.
 * - As in the kernel, a signal is noted, not counted: if one arrives again before its callback has
 *   begun, the callback runs once for both. This holds for real-time signals too, and their values
 *   are not told. For SIGCHLD this means that there may be several children to wait for.
 * - In a forked child nothing is told of what its parent was sent, and nothing at all before
 *   bight_reactor_rebuild(). A program that is executed begins with the default actions.
 */
#ifndef BIGHT_SIGNAL_H
#define BIGHT_SIGNAL_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/** A signal that is watched. */
typedef struct bight_signal bight_signal;

/**
 * The signal has arrived, at least once since this was called before. An ordinary callback: it may
 * do what a signal handler must not, and may start, stop or free the watch. If it runs a nested
 * loop, a signal that arrives there is told when it has returned.
 */
typedef void (*bight_signal_fn)(bight_signal *watch, void *data);

/**
 * Make a watch of a signal. It is not told anything yet.
 *
 * @param number  SIGINT, ...; several watches of one signal are legal, on one reactor and on many
 * @param data    passed to @p fn; must live as long as the watch
 * @errors        BIGHT_ERROR_INVALID: not a signal, one that cannot be caught (SIGKILL, SIGSTOP),
 *                or one by which the system says that the program cannot go on (SIGSEGV, SIGBUS,
 *                SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT); BIGHT_ERROR_NO_MEMORY
 * @owner         the caller; freed with bight_signal_free()
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_signal_new(bight_reactor *reactor, int number,
                                                       bight_signal_fn fn, void *data,
                                                       bight_signal **watch);

/**
 * Begin to watch, also when the signal was ignored before (nohup does that with SIGHUP). For a
 * watch that runs already this puts the handler back in its place, should somebody have replaced
 * it.
 *
 * @errors      none; if the place was taken by others too often to call them all, it is left to
 *              them, and a warning is logged
 * @thread      the reactor's
 * @reentrancy  the function never runs before this returns
 */
BIGHT_API void bight_signal_start(bight_signal *watch);

/**
 * Stop: a signal that has arrived and was not told is forgotten. With the last watch of a signal
 * the action that was found before is restored, unless somebody else has set one meanwhile.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_signal_stop(bight_signal *watch);

/** Whether it was started and not stopped. @thread the reactor's */
BIGHT_API bool bight_signal_is_running(const bight_signal *watch);

/** The number of the signal. @thread the reactor's */
BIGHT_API int bight_signal_get_number(const bight_signal *watch);

/** A name for the watchdog's reports. @param name a constant string @thread the reactor's */
BIGHT_API void bight_signal_set_name(bight_signal *watch, const char *name);

/** Stop and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_signal_free(bight_signal *watch);

BIGHT_END_DECLS

#endif
