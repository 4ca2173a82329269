/* A watch remembers the reactor's generation. The generation grows by one with each rebuild in a
 * forked child, and is counted as one more in a child that has not rebuilt yet, so a child
 * computes the same number before and after the rebuild. The reactor's list contains the watches
 * that have to be notified. */
#include "internal.h"
#include <bight/fork.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct bight_fork_watch {
    bighti_link link; /* in the reactor's list; unlinked after it was notified */
    bight_task task;
    unsigned generation;
    bight_fork_fn fn;
    void *data;
};

static unsigned reactor_generation(const bight_reactor *reactor)
{
    return reactor->generation + (bighti_is_inherited(reactor) ? 1 : 0);
}

static void fork_watch_tell(bight_task *task, void *data)
{
    bight_fork_watch *watch = data;

    (void)task;
    watch->fn(watch->data);
}

bight_status bight_fork_watch_new(bight_reactor *reactor, bight_fork_fn fn, void *data,
                                  bight_fork_watch **out)
{
    bight_fork_watch *watch;

    bighti_check_thread(reactor);
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_task_init(&watch->task, reactor, fork_watch_tell, watch);
    bighti_link_init(&watch->link);
    watch->generation = reactor_generation(reactor);
    watch->fn = fn;
    watch->data = data;
    if (fn != NULL && !reactor->shared.dead)
        bighti_list_append(&reactor->fork_watches, &watch->link);
    *out = watch;
    return BIGHT_OK;
}

bool bight_fork_watch_is_inherited(const bight_fork_watch *watch)
{
    return watch->generation != reactor_generation(watch->task.reactor);
}

void bight_fork_watch_free(bight_fork_watch *watch)
{
    if (watch == NULL)
        return;
    bighti_link_unlink(&watch->link);
    bighti_task_deinit(&watch->task);
    free(watch);
}

/* Each watch is notified once, however many generations follow. */
void bighti_fork_watches_tell(bight_reactor *reactor)
{
    bighti_link told, *link;

    bighti_link_init(&told);
    bighti_list_splice(&told, &reactor->fork_watches);
    while ((link = bighti_list_pop(&told)) != NULL) {
        bight_fork_watch *watch = BIGHTI_CONTAINER(link, bight_fork_watch, link);

        if (bight_fork_watch_is_inherited(watch))
            bight_task_schedule(&watch->task);
        else
            bighti_list_append(&reactor->fork_watches, link);
    }
}

/* If there is no descriptor to replace it, the number stays free, which also disconnects it.
 */
void bight_fork_mute(int fd)
{
    int nobody = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (nobody < 0 || dup3(nobody, fd, O_CLOEXEC) < 0)
        close(fd);
    if (nobody >= 0)
        close(nobody);
}
