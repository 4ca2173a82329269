/** @file bight/signal.h
 * Signals of the system (SIGINT, SIGTERM, SIGHUP, SIGCHLD, ...) as callbacks on the loop.
 *
 * A signal belongs to the process, not to a reactor: every watch of it is notified, on its own
 * reactor and thread, whichever thread the system has interrupted. While a signal is watched its
 * default action does not happen: SIGINT no longer ends the program, and SIGTSTP no longer stops
 * it.
 *
 * - Handlers that were installed before continue to work: they are called after the watches were
 *   marked. A later sigaction(2) replaces the handler of this library, unless the new handler
 *   calls the old one; that of g_unix_signal_add() does not. So call g_unix_signal_add() first, or
 *   call bight_signal_start() again after it. After the last bight_signal_stop() the original
 *   action is restored, if nobody else has changed it meanwhile.
 * - No signal is blocked, so that executed programs inherit an unchanged mask. If the program
 *   itself blocks a signal, the signal is reported when it is unblocked.
 * - As in the kernel, signals are marked, not counted: if one arrives again before its callback
 *   has begun, the callback runs once for both. This holds for real-time signals too, and their
 *   values are not reported. For SIGCHLD this means that there may be several children to wait
 *   for.
 * - A forked child is not notified of signals that were sent to its parent, and of none at all
 *   before bight_reactor_rebuild(). An executed program begins with the default actions.
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
 * The signal has arrived at least once since the last call. This is an ordinary callback: it may
 * do what a signal handler must not, and may start, stop or free the watch. If it runs a nested
 * loop, a signal that arrives there is reported after it has returned.
 */
typedef void (*bight_signal_fn)(bight_signal *watch, void *data);

/**
 * Make a watch of a signal. It is not started yet.
 *
 * @param number  SIGINT, ...; several watches of one signal are legal, on one reactor and on many
 * @param data    passed to @p fn; must live as long as the watch
 * @errors        BIGHT_ERROR_INVALID: not a signal, one that cannot be caught (SIGKILL, SIGSTOP),
 *                or one for an error after which the program cannot continue (SIGSEGV, SIGBUS,
 *                SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT); BIGHT_ERROR_NO_MEMORY
 * @owner         the caller; freed with bight_signal_free()
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_signal_new(bight_reactor *reactor, int number,
                                                       bight_signal_fn fn, void *data,
                                                       bight_signal **watch);

/**
 * Start watching, even if the signal was ignored before (nohup ignores SIGHUP). If the watch runs
 * already, this reinstalls the handler in case somebody has replaced it.
 *
 * @errors      none; if others have replaced the handler more often than the library can chain,
 *              their handler stays, and a warning is logged
 * @thread      the reactor's
 * @reentrancy  the function never runs before this returns
 */
BIGHT_API void bight_signal_start(bight_signal *watch);

/**
 * Stop: a signal that has arrived but was not reported is dropped. When the last watch of a signal
 * stops, the original action is restored, unless somebody else has set one meanwhile.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_signal_stop(bight_signal *watch);

/** Whether it is started. @thread the reactor's */
BIGHT_API bool bight_signal_is_running(const bight_signal *watch);

/** The number of the signal. @thread the reactor's */
BIGHT_API int bight_signal_get_number(const bight_signal *watch);

/** A name for the watchdog's reports. @param name a constant string @thread the reactor's */
BIGHT_API void bight_signal_set_name(bight_signal *watch, const char *name);

/** Stop and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_signal_free(bight_signal *watch);

BIGHT_END_DECLS

#endif
