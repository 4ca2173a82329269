/* A toolkit starts threads of its own while the first window comes up, for fonts, icons and the
 * desktop's settings. They have nothing to do with the network, so the counting waits for them. */
#include "threads.h"

#define BEAT_MILLISECONDS 50
#define CALM_BEATS 10
#define MOST_BEATS 200

typedef struct calm_wait {
    void (*fn)(void *data);
    void *data;
    guint count; /* of threads, at the last beat */
    guint calm;  /* beats since it changed */
    guint beats; /* all of them */
} calm_wait;

guint chat_threads_count(void)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    guint count = 0;

    while (tasks && g_dir_read_name(tasks))
        count++;
    return count;
}

static gboolean beat(gpointer data)
{
    calm_wait *wait = data;
    guint count = chat_threads_count();

    wait->calm = count == wait->count ? wait->calm + 1 : 0;
    wait->count = count;
    wait->beats++;
    if (wait->calm < CALM_BEATS && wait->beats < MOST_BEATS)
        return G_SOURCE_CONTINUE;
    wait->fn(wait->data);
    return G_SOURCE_REMOVE;
}

void chat_threads_when_calm(void (*fn)(void *data), void *data)
{
    calm_wait *wait = g_new0(calm_wait, 1);

    wait->fn = fn;
    wait->data = data;
    g_timeout_add_full(G_PRIORITY_DEFAULT, BEAT_MILLISECONDS, beat, wait, g_free);
}
