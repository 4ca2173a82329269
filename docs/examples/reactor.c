/* Timers, tasks and calls from another thread, on a loop of its own.
 *
 *     build/dev/examples/reactor
 */
#include <bight/reactor.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct app {
    bight_reactor *reactor;
    bight_timer *beat;
    int beats;
} app;

/* Runs on the reactor's thread, whichever thread has posted it. */
static void show(void *text)
{
    puts(text);
}

static void *work(void *data)
{
    app *self = data;

    if (bight_reactor_post(self->reactor, show, "posted from another thread", NULL) != BIGHT_OK)
        puts("out of memory");
    return NULL;
}

static void on_beat(bight_timer *timer, void *data)
{
    app *self = data;

    printf("beat %d\n", ++self->beats);
    if (self->beats == 3) {
        bight_timer_stop(timer);
        bight_reactor_stop(self->reactor);
    }
}

static void on_task(bight_task *task, void *data)
{
    (void)data;
    puts("the next turn");
    bight_task_free(task);
}

int main(void)
{
    app self = {.reactor = bight_reactor_new()};
    bight_task *task;
    pthread_t thread;

    if (self.reactor == NULL ||
        bight_timer_new(self.reactor, on_beat, &self, &self.beat) != BIGHT_OK ||
        bight_task_new(self.reactor, on_task, &self, &task) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_timer_start_repeating(self.beat, BIGHT_MSEC(50));
    bight_task_schedule(task);
    if (pthread_create(&thread, NULL, work, &self) != 0)
        return EXIT_FAILURE;
    if (bight_reactor_run(self.reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    pthread_join(thread, NULL);
    bight_timer_free(self.beat);
    bight_reactor_free(self.reactor);
    return EXIT_SUCCESS;
}
