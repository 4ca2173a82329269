#include "internal.h"
#include <stdlib.h>
#include <string.h>

void bighti_task_init(bight_task *task, bight_reactor *reactor, bight_task_fn fn, void *data)
{
    *task = (bight_task){.reactor = bighti_reactor_ref(reactor), .fn = fn, .data = data};
    memcpy(&task->function, &fn, sizeof(task->function));
    bighti_link_init(&task->link);
}

void bighti_task_deinit(bight_task *task)
{
    bighti_link_unlink(&task->link);
    if (task->gone != NULL)
        *task->gone = true;
    bighti_reactor_unref(task->reactor);
}

static void task_run(bight_task *task)
{
    bight_reactor *reactor = task->reactor;
    bighti_call call = {.name = task->name, .function = task->function};
    bool gone = false;

    task->gone = &gone;
    bighti_call_begin(reactor, &call);
    task->fn(task, task->data);
    bighti_call_end(reactor, &call);
    if (gone)
        return;
    task->gone = NULL;
    if (task->parked) {
        task->parked = false;
        bight_task_schedule(task);
    }
}

bool bighti_task_run_one(bight_reactor *reactor)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&reactor->tasks)) != NULL) {
        bight_task *task = BIGHTI_CONTAINER(link, bight_task, link);

        if (task->gone == NULL) {
            task_run(task);
            return true;
        }
        task->parked = true;
    }
    return bighti_member_tell_one(reactor);
}

bight_status bight_task_new(bight_reactor *reactor, bight_task_fn fn, void *data, bight_task **out)
{
    bight_task *task;

    bighti_check_thread(reactor);
    task = malloc(sizeof(*task));
    if (task == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_task_init(task, reactor, fn, data);
    *out = task;
    return BIGHT_OK;
}

void bight_task_schedule(bight_task *task)
{
    bight_reactor *reactor = task->reactor;

    bighti_check_thread(reactor);
    if (reactor->shared.dead || bighti_link_is_linked(&task->link))
        return;
    bighti_list_append(&reactor->tasks_next, &task->link);
    bighti_poke_if_waiting(reactor);
}

void bight_task_cancel(bight_task *task)
{
    bighti_check_thread(task->reactor);
    task->parked = false;
    bighti_link_unlink(&task->link);
}

void bight_task_set_name(bight_task *task, const char *name)
{
    task->name = name;
}

void bight_task_free(bight_task *task)
{
    if (task == NULL)
        return;
    bighti_check_thread(task->reactor);
    bighti_task_deinit(task);
    free(task);
}
