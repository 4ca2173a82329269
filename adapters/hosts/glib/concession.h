/* How the GLib host lets less important sources run while the network is saturated. */
#ifndef BIGHTI_GLIB_CONCESSION_H
#define BIGHTI_GLIB_CONCESSION_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <glib.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/* Microseconds. */
enum {
    BIGHTI_CONCESSION_PERIOD = 16000,      /* one is asked for once in each */
    BIGHTI_CONCESSION_LONGEST = 2000,      /* how long less important sources have the loop */
    BIGHTI_CONCESSION_LONGEST_WAIT = 4000, /* how long the reactor waits for them to get it */
    BIGHTI_CONCESSION_LONG_CALL = 1000,    /* of an equal: it may have used up its gap */
    BIGHTI_CONCESSION_RETRY = 100000,      /* between two dispatches that are left out for that */
    BIGHTI_CONCESSION_LOOK_EVERY = 8       /* dispatches, not microseconds */
};

/* The source that watches, and what stands in for it during a concession. */
typedef struct bighti_concession {
    GSource *source; /* borrowed: the host, which has this structure in it */
    gpointer tag;    /* of the descriptor in `source` */
    int fd;
    GSource *deputy, *judge, *last; /* NULL while no concession is under way */
    gint64 period;                  /* in which the last one was asked for */
    gint64 began_at;                /* when the reactor stepped aside; 0 if it does not */
    gint64 checked_at;              /* in this iteration */
    gint64 left_out_at;             /* when a dispatch was left out in this concession, or 0 */
    unsigned unlooked;              /* dispatches since the clock was looked at */
    bool is_due;
    bool is_gap;      /* nothing as important as the reactor is due in this iteration */
    bool steps_aside; /* in this iteration */
    bool is_taken;    /* something less important has had an iteration */
} bighti_concession;

/* Watches `fd` in the source, whose prepare function calls the first of these, and whose dispatch
 * function the second. The end is legal at any time, and before anything else goes. */
void bighti_concession_init(bighti_concession *self, GSource *source, int fd);
void bighti_concession_prepare(bighti_concession *self);
void bighti_concession_dispatched(bighti_concession *self, bight_turn turn);
void bighti_concession_end(bighti_concession *self);

BIGHT_END_DECLS

#endif
