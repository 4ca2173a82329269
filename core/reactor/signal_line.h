/* Signals belong to the process: for each there is one line, which watches of all reactors join.
 * See signal_line.c. */
#ifndef BIGHTI_REACTOR_SIGNAL_LINE_H
#define BIGHTI_REACTOR_SIGNAL_LINE_H

#include "../base/list.h"
#include <bight/reactor.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct bighti_signal_entry {
    bighti_link link; /* in its line, or none; under the lock of the lines */
    bight_reactor *reactor;
    int number;
    atomic_bool pending; /* the signal has arrived, and nobody was told */
} bighti_signal_entry;

/* Whether a program that was sent this signal can go on. */
bool bighti_signal_can_be_watched(int number);

/* To be called before the first join; false without memory. */
bool bighti_signal_lines_prepare(void);

/* Have the signal noted in the entry. One that has joined already stays, and our handler is put
 * on top again. False if others hold the place of the handler. */
bool bighti_signal_line_join(bighti_signal_entry *entry);

/* After this the handler touches neither the entry nor, for its sake, the reactor. */
void bighti_signal_line_leave(bighti_signal_entry *entry);

#endif
