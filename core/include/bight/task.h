/** @file bight/task.h
 * A task runs once in the next turn of the reactor. Use it for work that must not happen inside
 * the present call. Scheduling a task cannot fail, unlike bight_reactor_post().
 */
#ifndef BIGHT_TASK_H
#define BIGHT_TASK_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/** A task. */
typedef struct bight_task bight_task;

/** Runs in the turn after it was scheduled. It may schedule itself again, cancel or free. */
typedef void (*bight_task_fn)(bight_task *task, void *data);

/**
 * Make a task; it is not scheduled yet.
 *
 * @param data  passed to @p fn; must live as long as the task
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller; freed with bight_task_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_task_new(bight_reactor *reactor, bight_task_fn fn,
                                                     void *data, bight_task **task);

/** Run it once in the next turn; if it is scheduled already, nothing changes. @thread reactor's */
BIGHT_API void bight_task_schedule(bight_task *task);

/** Unschedule it; one that is not scheduled is left alone. @thread the reactor's */
BIGHT_API void bight_task_cancel(bight_task *task);

/** A name for the watchdog's reports. @param name a constant string @thread the reactor's */
BIGHT_API void bight_task_set_name(bight_task *task, const char *name);

/** Cancel and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_task_free(bight_task *task);

BIGHT_END_DECLS

#endif
