/* Lets sources of lower priority run while the network is saturated. */
#ifndef BIGHTI_GLIB_CONCESSION_H
#define BIGHTI_GLIB_CONCESSION_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <glib.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/* Microseconds. */
enum {
    BIGHTI_CONCESSION_PERIOD = 16000,      /* one concession is requested per period */
    BIGHTI_CONCESSION_LONGEST = 2000,      /* how long lower sources have the loop */
    BIGHTI_CONCESSION_LONGEST_WAIT = 4000, /* how long the reactor waits for them to get it */
    BIGHTI_CONCESSION_LONG_CALL = 1000,    /* a dispatch of an equal this long may have used up its
                                              gap */
    BIGHTI_CONCESSION_RETRY = 100000,      /* between two dispatches that are skipped for that */
    BIGHTI_CONCESSION_LOOK_EVERY = 8       /* dispatches, not microseconds */
};

/* The data in the reactor's source. */
typedef struct bighti_concession {
    GSource *source;       /* borrowed: the host, which contains this structure */
    gpointer tag;          /* of the reactor's descriptor in it */
    GSource *judge, *last; /* NULL while no concession is pending */
    gint64 period;         /* in which the last one was requested */
    gint64 began_at;       /* when the reactor began to yield; 0 if it does not */
    gint64 prepared_at;    /* this iteration, while a concession is pending */
    gint64 left_out_at;    /* when this concession skipped a dispatch, or 0 */
    unsigned unlooked;     /* dispatches since the clock was read */
    bool is_due;
    bool is_gap;      /* nothing of the reactor's priority or above is due */
    bool steps_aside; /* in this iteration: the descriptor is not watched */
    bool is_taken;    /* a lower source has had an iteration */
} bighti_concession;

/* Watch `fd` in the source. */
void bighti_concession_init(bighti_concession *self, GSource *source, int fd);

/* Slow paths of the inline functions below: used while a concession is due or pending, and when
 * the clock must be read. */
void bighti_concession_go_on(bighti_concession *self);
bool bighti_concession_may_leave_out(bighti_concession *self);
void bighti_concession_look(bighti_concession *self, bight_turn turn);

/* For the prepare function of the source. */
static inline void bighti_concession_prepare(bighti_concession *self)
{
    if (self->is_due || self->last != NULL)
        bighti_concession_go_on(self);
}

/* Whether the dispatch function must do nothing. */
static inline bool bighti_concession_leaves_out(bighti_concession *self)
{
    return self->last != NULL && bighti_concession_may_leave_out(self);
}

/* Call this after a dispatch. It reads the clock if work was left over, and otherwise
 * occasionally, because short dispatches may keep a loop busy too. */
static inline void bighti_concession_dispatched(bighti_concession *self, bight_turn turn)
{
    if (turn == BIGHT_TURN_MORE || ++self->unlooked >= BIGHTI_CONCESSION_LOOK_EVERY)
        bighti_concession_look(self, turn);
}

/* Legal at any time. */
void bighti_concession_end(bighti_concession *self);

BIGHT_END_DECLS

#endif
