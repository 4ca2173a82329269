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
    atomic_bool pending; /* the signal has arrived and was not reported yet */
} bighti_signal_entry;

/* Whether a program can continue after this signal. */
bool bighti_signal_can_be_watched(int number);

/* To be called before the first join; false when out of memory. */
bool bighti_signal_lines_prepare(void);

/* Mark the entry when the signal arrives. If the entry has joined already, it stays, and our
 * handler is installed on top again. Returns false if handlers of others cannot be replaced any
 * more. */
bool bighti_signal_line_join(bighti_signal_entry *entry);

/* After this the handler uses neither the entry nor its reactor. */
void bighti_signal_line_leave(bighti_signal_entry *entry);

#endif
