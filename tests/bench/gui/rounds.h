/* Running one window after the other, beside its peers and on a display of its own. */
#ifndef BENCH_GUI_ROUNDS_H
#define BENCH_GUI_ROUNDS_H

#include <stdbool.h>

enum { MOST_ROUNDS = 21, SOURCES = 8 };

/* What one run has shown. */
typedef struct figures {
    double frames;   /* a second */
    double gap;      /* the longest, milliseconds */
    double rate;     /* megabytes (10^6) a second */
    double painting; /* part of the loop's time that frames take, waiting for the display too */
    double cpu;      /* part of the time that it used its processor */
    double sources[SOURCES]; /* how often each ran, a second; see meter.h */
    double others;           /* processors that were busy with anything else meanwhile */
} figures;

/* Who is measured. A window is the program with these words. */
typedef struct variant {
    const char *host;    /* gtk, qt-glib, qt-own, native */
    const char *network; /* none, bight, gio, qt */
    const char *label;   /* of the network, in the table */
    const char *extra;   /* one more word for the program, or NULL */
    unsigned peers;
    double paint; /* milliseconds */
    bool window;
    figures rounds[MOST_ROUNDS];
} variant;

/* Whether the program of a host was built. */
bool rounds_has(const char *host);

/* Starts the display and the peers; false with a word why when there is no Xvfb. */
bool rounds_begin(void);
void rounds_end(void);

/* Runs the variant for so many seconds; ends the program when that fails. While other programs
 * disturb it waits for a pause, and tries again, so many times: the least disturbed run counts. */
figures rounds_run(const variant *who, double seconds, int tries);

#endif
