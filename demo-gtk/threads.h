/* The number of threads of this process, to show that the network needs none. */
#ifndef CHAT_THREADS_H
#define CHAT_THREADS_H

#include <glib.h>

/* Counted in /proc/self/task. */
guint chat_threads_count(void);

/* Call a function once the number was the same for half a second, or after ten seconds. */
void chat_threads_when_calm(void (*fn)(void *data), void *data);

#endif
