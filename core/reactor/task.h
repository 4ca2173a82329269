/* Tasks in the caller's storage. */
#ifndef BIGHTI_REACTOR_TASK_H
#define BIGHTI_REACTOR_TASK_H

#include "../base/list.h"
#include <bight/task.h>
#include <stdbool.h>

struct bight_task {
    bighti_link link;
    bight_reactor *reactor;
    bight_task_fn fn;
    void *data;
    const char *name;
    void *function; /* the function that the watchdog reports: the program's function, if `fn` only
                       calls it */
    bool *gone;
    bool parked; /* scheduled while on the stack and due in a nested turn */
};

void bighti_task_init(bight_task *task, bight_reactor *reactor, bight_task_fn fn, void *data);
void bighti_task_deinit(bight_task *task);

#endif
