/* A library of the kind that bight/guest.h carries, as small as it can be and as awkward as such
 * libraries are. It knows nothing of Bight and has no clock of its own.
 *
 * A job connects to a port of 127.0.0.1, says "job", and has an answer as soon as a byte comes.
 * With hops it then closes its socket and opens another one of the same number, in the same call,
 * and does all that again. The library says "bye" on each socket that is open when it is freed.
 *
 * No function may be called inside one of the hooks; toy_violations() counts those that were. */
#ifndef BIGHT_TESTS_SUPPORT_TOY_LIBRARY_H
#define BIGHT_TESTS_SUPPORT_TOY_LIBRARY_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

typedef struct toy toy;

enum { TOY_READ = 1, TOY_WRITE = 2 };

typedef struct toy_hooks {
    /* What a socket waits for; 0 right before it is closed. */
    void (*socket)(int fd, int wants, void *data);

    /* When toy_process_time() is to be called: in so many milliseconds; -1: not at all. Asked for
     * with 0 for each job that begins. */
    void (*timer)(long milliseconds, void *data);

    /* A job has an answer, or its time was over, or it could not go on. */
    void (*done)(int job, bool answered, void *data);
} toy_hooks;

/* NULL without memory. */
toy *toy_new(const toy_hooks *hooks, void *data);
void toy_free(toy *self);

/* Begin a job, which waits so long for each answer. Its number, or -1 without memory. */
int toy_ask(toy *self, unsigned short port, unsigned hops, long timeout);

/* End a job without telling. */
void toy_drop(toy *self, int job);

/* End all jobs: each is told as not answered. */
void toy_fail(toy *self);

void toy_process(toy *self, int fd, int events);
void toy_process_time(toy *self);

/* Counted over all libraries of the process: calls from inside a hook, and sockets that got the
 * number of one that was closed in the same call. */
unsigned toy_violations(void);
unsigned toy_reuses(void);

BIGHT_END_DECLS

#endif
