/* What the windows of this measurement have in common: the settings, the accounts of frames and
 * bytes, and the end.
 *
 * A loop that starves may not get round to a timer, so a thread of its own takes the time and
 * prints the figures. It sleeps but for two moments. */
#ifndef BENCH_GUI_METER_H
#define BENCH_GUI_METER_H

#include <bight/reactor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Words of the command line, "name=value". */
typedef struct meter_settings {
    const char *network; /* none, bight, gio, qt */
    bool window;         /* off: the loop alone, without a display */
    unsigned port;       /* of the peers, on 127.0.0.1 */
    unsigned peers;
    double paint;    /* milliseconds that painting takes besides what is drawn */
    double warm_up;  /* seconds before it counts */
    double seconds;  /* that it counts; 0 counts until `frames` and `megabytes` are reached */
    double budget;   /* milliseconds; 0 is the host's default */
    int priority;    /* GLib's; -1 is the host's default */
    unsigned frames; /* and then it ends */
    unsigned megabytes;
} meter_settings;

/* Sources of the loop besides the frames: each asks for its next run every 10 ms, once the last has
 * come, so that 100 runs a second are all of them. */
enum { METER_SOURCES = 8, METER_ASKS_EVERY = 10 /* milliseconds */ };

enum { METER_CANVAS_WIDTH = 480, METER_CANVAS_HEIGHT = 360, METER_BARS = 40 };

/* Reads the command line; ends the program when it makes no sense. */
const meter_settings *meter_begin(int count, char **words);

/* What to do once the window is up: connect. And when all has been counted: leave the loop. */
void meter_on_ready(void (*connect)(void *data), void (*quit)(void *data), void *data);

/* The reactor whose turns are counted, if there is one. */
void meter_watch(bight_reactor *reactor);

/* Without a window: ready at once. */
void meter_ready(void);

/* Around each frame, and in it: takes as long as painting is set to take. */
void meter_frame_begins(void);
void meter_paint(void);
void meter_frame_ends(void);

/* A source had its run; the index says which. */
void meter_source_ran(unsigned index);

/* How high a bar stands in this frame, 0 to `height`. */
int meter_bar(int index, int height);

/* A connection's bytes; start from zero. */
typedef struct meter_sink {
    uint64_t hash;
    size_t in_block;
} meter_sink;

void meter_received(meter_sink *sink, const uint8_t *bytes, size_t size);

/* A connection broke: the measurement is void. */
void meter_broken(const char *why);

/* Prints what was counted, for settings without seconds. Returns the exit status. */
int meter_end(void);

/* The network as a program on bight does it, on any reactor. */
void meter_connect_bight(bight_reactor *reactor, unsigned port, unsigned peers);

#ifdef __cplusplus
}
#endif

#endif
