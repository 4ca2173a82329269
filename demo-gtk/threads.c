/* A toolkit starts its own threads while the first window opens, for fonts, icons and the
 * desktop's settings. They are unrelated to the network, so the count waits for them. */
#include "threads.h"

#define BEAT_MILLISECONDS 50
#define CALM_BEATS 10
#define MOST_BEATS 200

typedef struct calm_wait {
    void (*fn)(void *data);
    void *data;
    guint count; /* number of threads at the last beat */
    guint calm;  /* beats since it changed */
    guint beats; /* total number of beats */
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
