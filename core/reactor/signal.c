/* Watches of signals. The handler (signal_line.c) sets flags and wakes the reactor; the next turn
 * finds them and schedules a task for each marked watch. The turn checks only the flag for posts,
 * which it checks in any case. */
#include "internal.h"
#include "signal_line.h"
#include <bight/log.h>
#include <bight/signal.h>
#include <stdlib.h>
#include <string.h>

struct bight_signal {
    bighti_signal_entry entry;
    bighti_link running; /* in the reactor's list of started watches, or none */
    bight_task task;
    bight_signal_fn fn;
    void *data;
};

static void signal_tell(bight_task *task, void *data)
{
    bight_signal *watch = data;

    (void)task;
    if (atomic_exchange(&watch->entry.pending, false))
        watch->fn(watch, watch->data);
}

/* The task is added to this turn, of which nothing has run yet. */
void bighti_signals_collect(bight_reactor *reactor)
{
    bighti_link *link = reactor->signals.next;

    if (!atomic_exchange(&reactor->signalled, false))
        return;
    for (; link != &reactor->signals; link = link->next) {
        bight_signal *watch = BIGHTI_CONTAINER(link, bight_signal, running);

        if (atomic_load(&watch->entry.pending) && !bighti_link_is_linked(&watch->task.link))
            bighti_list_append(&reactor->tasks, &watch->task.link);
    }
}

bight_status bight_signal_new(bight_reactor *reactor, int number, bight_signal_fn fn, void *data,
                              bight_signal **out)
{
    bight_signal *watch;

    bighti_check_thread(reactor);
    if (!bighti_signal_can_be_watched(number))
        return BIGHT_ERROR_INVALID;
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL || !bighti_signal_lines_prepare()) {
        free(watch);
        return BIGHT_ERROR_NO_MEMORY;
    }
    bighti_link_init(&watch->entry.link);
    bighti_link_init(&watch->running);
    bighti_task_init(&watch->task, reactor, signal_tell, watch);
    memcpy(&watch->task.function, &fn, sizeof(watch->task.function));
    watch->entry.reactor = reactor;
    watch->entry.number = number;
    watch->fn = fn;
    watch->data = data;
    *out = watch;
    return BIGHT_OK;
}

void bight_signal_start(bight_signal *watch)
{
    bight_reactor *reactor = watch->entry.reactor;

    bighti_check_thread(reactor);
    if (reactor->shared.dead)
        return;
    if (!bighti_link_is_linked(&watch->running))
        bighti_list_append(&reactor->signals, &watch->running);
    if (!bighti_signal_line_join(&watch->entry))
        bight_log(BIGHT_LOG_WARNING, "the handler of signal %d is somebody else's, and stays",
                  watch->entry.number);
}

static void signal_end(bight_signal *watch)
{
    if (!bighti_link_is_linked(&watch->running))
        return;
    bighti_link_unlink(&watch->running);
    bighti_signal_line_leave(&watch->entry);
}

void bight_signal_stop(bight_signal *watch)
{
    bighti_check_thread(watch->entry.reactor);
    signal_end(watch);
    bight_task_cancel(&watch->task);
}

bool bight_signal_is_running(const bight_signal *watch)
{
    return bighti_link_is_linked(&watch->running);
}

int bight_signal_get_number(const bight_signal *watch)
{
    return watch->entry.number;
}

void bight_signal_set_name(bight_signal *watch, const char *name)
{
    watch->task.name = name;
}

void bight_signal_free(bight_signal *watch)
{
    if (watch == NULL)
        return;
    bight_signal_stop(watch);
    bighti_task_deinit(&watch->task);
    free(watch);
}

/* Called before the descriptor that the handler writes to is closed. */
void bighti_signals_drop(bight_reactor *reactor)
{
    while (!bighti_list_is_empty(&reactor->signals))
        signal_end(BIGHTI_CONTAINER(reactor->signals.next, bight_signal, running));
}
